// The registry of error codes: every code that the project throws, as what, and what it means. docs/ERRORS.md is written from it.
// Caveat: errors.ts needs its types alone, so that a verifier does not carry these texts.
import { BACKEND_CODES } from './backend.ts';
import { CHAIN_CODES } from './chain.ts';
import { COMMAND_LINE_CODES } from './command-line.ts';
import { COMMITMENT_CODES } from './commitment.ts';
import { COMPILER_CODES } from './compiler.ts';
import type { CodeEntry, ErrorKind } from './entry.ts';
import { PROGRAM_CODES } from './program.ts';
import { PROTOCOL_CODES } from './protocol.ts';
import { SERVICE_CODES } from './service.ts';
import { STATEMENT_CODES } from './statement.ts';

/** the registry in chapters: what the codes of one hundred are about */
export const GROUPS = [
  ['Proofs, hashes, profiles (ZK00, ZK01)', COMMITMENT_CODES],
  ['Steps of the protocol (ZK02)', PROTOCOL_CODES],
  ['Files, models and statements (ZK03)', STATEMENT_CODES],
  ['Programs and their execution (ZK04)', PROGRAM_CODES],
  ['Compiling a model (ZK05)', COMPILER_CODES],
  ['Backends (ZK06)', BACKEND_CODES],
  ['Starknet (ZK07)', CHAIN_CODES],
  ['The command line (ZK08)', COMMAND_LINE_CODES],
  ['The service (ZK09)', SERVICE_CODES],
] as const;

type UnionToIntersection<U> = (U extends unknown ? (x: U) => void : never) extends (x: infer I) => void ? I : never;

export const ERRORS = Object.assign({}, ...GROUPS.map(([, codes]) => codes)) as UnionToIntersection<(typeof GROUPS)[number][1]>;

/**
 * A code that exists.
 * @example const expected: ErrorCode = 'ZK0354'; // a profile that is not acceptable
 */
export type ErrorCode = keyof typeof ERRORS;

/** The codes that may be thrown as one kind of error. */
export type CodeOf<K extends ErrorKind> = { [C in ErrorCode]: K extends (typeof ERRORS)[C]['kinds'][number] ? C : never }[ErrorCode];

/** whether a text is the code of an error that may be thrown as that kind */
export const isCodeOf = <K extends ErrorKind>(kind: K, text: string): text is CodeOf<K> =>
  Object.hasOwn(ERRORS, text) && (ERRORS[text as ErrorCode] as CodeEntry).kinds.includes(kind);
