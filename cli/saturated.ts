// What the commands that run a model say of values that left its tables and of answers that rounding decides, and what kind of tables a model has.
// Source: vm/executor/saturation.ts, vm/library/unsteady.ts, vm/program/exact.ts. Caveat: a warning does not say that the output is wrong, only that
// nothing says any more that it is right; and where a table is exact is what the file claims.

import type { Execution } from '../vm/executor/run.ts';
import { requireExact, requireSaid, type Saturated, saturatedText, saturation } from '../vm/executor/saturation.ts';
import type { RoundedInputs } from '../vm/library/integers.ts';
import { requireSteady, type Unsteady, unsteady, unsteadyText } from '../vm/library/unsteady.ts';
import { silentSlot, type TableKind } from '../vm/program/exact.ts';
import type { Terminal } from './io/terminal.ts';

/** nodes that are named one by one */
const SHOWN = 8;

/**
 * Counts, warns, and with --strict refuses.
 * @throws constraint ZK0423
 */
export function reportSaturation(execution: Execution, strict: boolean, terminal: Terminal): Saturated[] {
  const { program } = execution.loaded;
  const found = saturation(execution);
  if (strict) {
    requireExact(found);
    requireSaid(program);
  }
  if (silentSlot(program))
    terminal.err('warning: nothing is known of values that leave the tables: the program does not say where they are exact');
  if (found.length === 0) return found;
  terminal.err([
    ...found.slice(0, SHOWN).map((one) => `warning: ${saturatedText(one)}`),
    ...(found.length > SHOWN ? [`warning: and values of ${found.length - SHOWN} more nodes`] : []),
    'warning: the output may be wrong: this input leaves the ranges that the model was calibrated for',
  ]);
  return found;
}

/**
 * Looks for outputs that rounding decides, warns, and with --strict refuses.
 * @param rounded the inputs with what they were rounded from; of a trace nobody knows
 * @param report of the model's file
 * @throws constraint ZK0424
 */
export function reportUnsteady(
  execution: Execution,
  { rounded, report }: { rounded: RoundedInputs | undefined; report: Uint8Array | undefined },
  strict: boolean,
  terminal: Terminal,
): Unsteady[] {
  const found = unsteady(execution, rounded, report);
  if (strict) requireSteady(found);
  if (found.length > 0)
    terminal.err([
      ...found.map((one) => `warning: ${unsteadyText(one)}`),
      'warning: the output may be another one than that of the ONNX model: it depends on how values are rounded',
    ]);
  return found;
}

const TABLES: Record<TableKind, string> = {
  strict:
    'strict: what leaves the calibrated ranges cannot be proved, if the ranges in the file are true; compile the ONNX file yourself to know',
  saturating:
    'saturating: what leaves the calibrated ranges is limited to them, and the proof is accepted; zkvm run says whether that happens',
  unknown: 'unknown: the program does not say where they are exact',
};

/** a line about the tables of a model */
export const tablesText = (tables: TableKind): string => TABLES[tables];
