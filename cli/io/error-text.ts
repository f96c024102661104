// How an error is shown: code, place, reason, fix; a stack trace only with ZKVM_DEBUG. Source: README "Errors".
// Caveat: an error without a code is a bug of ours and says so.
import { bug, ZkvmError } from '../../fri/core/errors.ts';
import type { Terminal } from './terminal.ts';

/** Every error as a typed one. */
export function typedError(error: unknown): ZkvmError {
  if (error instanceof ZkvmError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError && /allocation|array length|string length|heap/i.test(message))
    return new ZkvmError('usage', 'ZK0840', {
      what: 'not enough memory for this model',
      why: message,
      fix: 'use a smaller model or batch, or give Node more memory with NODE_OPTIONS=--max-old-space-size=8192',
      cause: error,
    });
  const typed = bug(`unexpected ${error instanceof Error ? error.name : 'error'}: ${message}`);
  if (error instanceof Error && error.stack) typed.stack = error.stack;
  return typed;
}

/** A proof that breaks a rule of the protocol (codes ZK01 and ZK02) says which one; what that means is the same for all. */
const MEANING = 'the mathematics of the proof does not hold: it was damaged or changed, or what it claims was never computed';

/** security that sizes leave: of an honest proof too, and refused before one is made */
const SIZES = 'ZK0131';

const isProtocol = ({ kind, code }: ZkvmError): boolean => kind === 'rejected' && code !== SIZES && /^ZK0[12]/.test(code);

/** The lines of an error for people. */
export function errorLines(error: ZkvmError, debug: boolean): string[] {
  const lines = [`${error.kind === 'rejected' ? 'REJECTED' : 'error'} ${error.code}: ${error.what}`];
  if (isProtocol(error)) lines.push(`  ${MEANING}`);
  if (error.where) lines.push(`  at ${error.where}`);
  if (error.why) lines.push(`  ${error.why}`);
  if (error.fix) lines.push(`  fix: ${error.fix}`);
  lines.push(`  see ${error.docs}`);
  if (error.kind === 'bug' && !debug) lines.push('  set ZKVM_DEBUG=1 to see where it happened');
  // the frames alone: the stack begins with the message, which may hold a name with line breaks
  if (debug && error.stack) lines.push(...error.stack.split('\n').filter((line) => line.startsWith('    at ')));
  return lines;
}

/** The error as one plain object, for --json. */
export const errorObject = ({ code, kind, what, where, why, fix, exitCode, docs }: ZkvmError): Record<string, unknown> => ({
  ...(kind === 'rejected' && { accepted: false }),
  error: { code, kind, exitCode, what, ...(where && { where }), ...(why && { why }), ...(fix && { fix }), docs },
});

/** Shows an error on stderr, and with --json as an object on stdout. @returns the exit code */
export function reportError(terminal: Terminal, error: unknown, json: boolean): number {
  const typed = typedError(error);
  terminal.err(errorLines(typed, terminal.debug));
  try {
    if (json) terminal.json(errorObject(typed));
  } catch {
    // stdout cannot be written, which may be the very error; the exit code says that something is wrong
  }
  return typed.exitCode;
}
