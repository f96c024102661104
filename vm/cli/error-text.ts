// How an error is shown: code, place, reason, fix; a stack trace only with ZKVM_DEBUG. Source: README "Errors".
// Caveat: an error without a code is a bug of ours and says so.
import { bug, ZkvmError } from '../../fri/errors.ts';
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

/** control characters of a hostile file name or label must not reach the terminal */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const printable = (text: string): string => text.replace(/[\x00-\x08\x0b-\x1f\x7f\x9b]/g, '?');

const indent = (text: string): string => printable(text).split('\n').join('\n  ');

/** The lines of an error for people. */
export function errorText(error: ZkvmError, debug: boolean): string {
  const lines = [`error ${error.code}: ${indent(error.what)}`];
  if (error.where) lines.push(`  at ${indent(error.where)}`);
  if (error.why) lines.push(`  ${indent(error.why)}`);
  if (error.fix) lines.push(`  fix: ${indent(error.fix)}`);
  if (error.kind === 'bug' && !debug) lines.push('  set ZKVM_DEBUG=1 to see where it happened');
  if (debug && error.stack) lines.push(error.stack);
  return `${lines.join('\n')}\n`;
}

/** The error as one plain object, for --json. */
export const errorObject = ({ code, kind, what, where, why, fix, exitCode }: ZkvmError): Record<string, unknown> => ({
  ...(kind === 'rejected' && { accepted: false }),
  error: { code, kind, exitCode, what, ...(where && { where }), ...(why && { why }), ...(fix && { fix }) },
});

/** Shows an error on stderr, and with --json as an object on stdout. @returns the exit code */
export function reportError(terminal: Terminal, error: unknown, json: boolean): number {
  const typed = typedError(error);
  terminal.err(errorText(typed, terminal.debug));
  if (json) terminal.out(`${JSON.stringify(errorObject(typed))}\n`);
  return typed.exitCode;
}
