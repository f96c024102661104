// What the registry of error codes says of one code. Source: README "Command line". Caveat: types only.

/**
 * What kind of failure it is; `EXIT_CODES` (errors.ts) maps it to a process exit code.
 * @example if (error instanceof ZkvmError && error.kind === 'rejected') console.log('not accepted:', error.what);
 */
export type ErrorKind = 'bug' | 'usage' | 'rejected' | 'constraint' | 'unsupported' | 'backend' | 'chain' | 'interrupted' | 'terminated';

export interface CodeEntry {
  /** as what it may be thrown: `chain` where the contract says it too */
  readonly kinds: readonly ErrorKind[];
  /** what is wrong, for any file or place */
  readonly title: string;
  /** why it happens and what to do; Markdown */
  readonly help: string;
}

export type CodeTable = Readonly<Record<`ZK${number}`, CodeEntry>>;
