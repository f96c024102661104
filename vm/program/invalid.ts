// What a program is refused with that does not satisfy the loader's rules, and a check that many of them are made of.
// Source: loader.ts, regions.ts. Caveat: the fix is a guess: who made the file is not known.
import { type CodeOf, usage, type ZkvmError } from '../../fri/core/errors.ts';

export const invalid = (code: CodeOf<'usage'>, what: string, where?: string, why?: string): ZkvmError =>
  usage(code, {
    what,
    ...(where ? { where } : {}),
    ...(why ? { why } : {}),
    fix: 'compile the model again; the file is damaged or was made by hand',
  });

/** True for a whole number from 1 to `limit`. */
export const count = (value: number, limit: number): boolean => Number.isInteger(value) && value >= 1 && value <= limit;
