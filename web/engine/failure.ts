// An error on its way from a worker to the page: the library's typed errors keep code, place, reason and fix. Source: fri/core/errors.ts.
// Caveat: what is no typed error is a bug, of the library or of this page, and says so.

export interface FailureDetail {
  /** of docs/ERRORS.md; undefined for what is no typed error */
  code: string | undefined;
  kind: string;
  what: string;
  where: string | undefined;
  why: string | undefined;
  fix: string | undefined;
}

/** What a worker threw, or the page itself found. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly detail: FailureDetail;

  constructor(detail: FailureDetail) {
    super(detail.what);
    this.detail = detail;
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The detail of whatever was thrown. */
export function detailOf(error: unknown): FailureDetail {
  if (error instanceof Failure) return error.detail;
  const { code, kind, what, where, why, fix } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  if (error instanceof Error && error.name === 'ZkvmError' && typeof what === 'string')
    return { code: textOf(code), kind: textOf(kind) ?? 'bug', what, where: textOf(where), why: textOf(why), fix: textOf(fix) };
  const message = error instanceof Error ? error.message : String(error);
  return { code: undefined, kind: 'bug', what: message, where: undefined, why: undefined, fix: undefined };
}

/** what the page itself refuses */
export const refusal = (what: string, fix?: string, where?: string): Failure =>
  new Failure({ code: undefined, kind: 'usage', what, where, why: undefined, fix });

export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';
