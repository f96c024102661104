// Errors as HTTP answers: the status of every typed error, and its body, which is the same everywhere. Source: RFC 9110, "Status Codes".
// Caveat: the kind decides; only the service's own codes, and files and texts that cannot be read, have a status of their own.
import type { ErrorCode, ErrorKind, ZkvmError } from '../../fri/core/errors.ts';

const BY_KIND: Readonly<Record<ErrorKind, number>> = {
  bug: 500,
  usage: 422,
  rejected: 422,
  constraint: 422,
  unsupported: 422,
  backend: 503,
  chain: 502,
  interrupted: 503,
  terminated: 503,
};

const BY_CODE: Partial<Readonly<Record<ErrorCode, number>>> = {
  ZK0806: 400,
  ZK0807: 400,
  ZK0910: 401,
  ZK0911: 404,
  ZK0912: 404,
  ZK0913: 413,
  ZK0914: 400,
  ZK0915: 429,
  ZK0916: 503,
  ZK0917: 409,
  ZK0918: 409,
  ZK0919: 409,
  ZK0920: 503,
  ZK0925: 503,
  ZK0926: 403,
  ZK0927: 503,
};

export const statusOf = ({ kind, code }: Pick<ZkvmError, 'kind' | 'code'>): number => BY_CODE[code] ?? BY_KIND[kind];

/** An error as a plain object: what a body holds, a job keeps and a thread sends. */
export interface ErrorBody {
  code: ErrorCode;
  kind: ErrorKind;
  what: string;
  where: string | null;
  why: string | null;
  fix: string | null;
  docs: string;
}

export const errorBody = ({ code, kind, what, where = undefined, why = undefined, fix = undefined, docs }: ZkvmError): ErrorBody => ({
  code,
  kind,
  what,
  where: where ?? null,
  why: why ?? null,
  fix: fix ?? null,
  docs,
});
