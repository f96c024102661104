// Values of a run that passed a table where it is not exact, by ONNX node: beyond what the model was calibrated for they saturate, and the output may be
// wrong without anything failing. Source: DESIGN §6; the exact ranges of program/exact.ts. Caveat: it counts and does not say what of it reaches an
// output; programs by hand have no exact ranges, and nothing is counted there.
import { ZkvmError } from '../../fri/core/errors.ts';
import { CYCLE_WORDS } from '../program/cycle.ts';
import { inexactIntervals, silentSlot } from '../program/exact.ts';
import { ISA, LANES } from '../program/isa.ts';
import type { Program } from '../program/types.ts';
import type { Execution } from './run.ts';

/**
 * What saturated in the tables of one node.
 * @example
 * const { saturated } = await run(model, { image });
 * for (const { node } of saturated) console.warn(`${node} left its ranges`);
 */
export interface Saturated {
  /** ONNX node, or nothing where the program does not say */
  node: string;
  /** values that passed where its tables are not exact */
  count: number;
  /** of all values of the node */
  share: number;
  /** how far the farthest lies, as a multiple of how far its table is exact; 1 where that cannot be said */
  reach: number;
}

/** lookup row → 1 where its interval is not exact; undefined if the run met none of those */
function inexactRows({ loaded: { program, table }, lookups }: Execution): Uint8Array | undefined {
  const rows = new Uint8Array(table.rows);
  let met = false;
  for (const slot of program.slots) {
    const first = table.slotStart.get(slot.id)!;
    for (const [i, mark] of inexactIntervals(slot)?.entries() ?? []) {
      rows[first + i] = mark;
      met ||= mark === 1 && lookups[first + i]! > 0;
    }
  }
  return met ? rows : undefined;
}

/**
 * Nodes whose tables the run left, those with most values first.
 * @returns nothing for a run whose values all passed where tables are exact
 */
export function saturation(run: Execution): Saturated[] {
  const rows = inexactRows(run);
  if (!rows) return [];
  const { loaded, cycles, entries, coefficients } = run;
  const { program, table, instructions } = loaded;
  const ends = new Map(program.slots.flatMap(({ id, exact }) => (exact?.length ? [[id, [exact[0]!, exact.at(-1)!] as const]] : [])));
  /** multiple of the end of its exact range that a value is */
  const reachOf = (row: number, value: number): number => {
    const [from, to] = ends.get(table.slot[row]!) ?? [0, 0];
    if (value >= to) return to > 0 ? value / to : 1;
    return value < from && from < 0 ? value / from : 1;
  };
  const owner = Array<string>(program.codeWords).fill('(no node)');
  for (const { node, from, to } of program.sourceMap) owner.fill(node, from, to);
  const found = new Map<string, { count: number; all: number; reach: number }>();
  let at = 0;
  for (let cycle = 0; cycle < cycles.length; cycle += CYCLE_WORDS) {
    const pc = cycles[cycle]!;
    const { opcode, values, flags } = instructions[pc]!;
    if (opcode !== 'STORE') continue;
    const known = found.get(owner[pc]!) ?? { count: 0, all: 0, reach: 1 };
    for (const end = at + LANES * ISA.STORE.cost.rows(values, flags); at < end; at++) {
      const row = entries[at]!;
      if (row < 0) continue;
      known.all++;
      if (rows[row] === 0) continue;
      known.count++;
      known.reach = Math.max(known.reach, reachOf(row, coefficients[at]!));
    }
    found.set(owner[pc]!, known);
  }
  return [...found]
    .filter(([, { count }]) => count > 0)
    .map(([node, { count, all, reach }]) => ({ node, count, share: count / all, reach }))
    .sort((a, b) => b.count - a.count);
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;

/** One node as a sentence. */
export const saturatedText = ({ node, count, share, reach }: Saturated): string =>
  `${count} values (${percent(share)}) of ${node} lie where its table saturates or is coarse${reach > 1 ? `, up to ${Number(reach.toPrecision(3))} times as far as it is exact` : ''}`;

/** @throws constraint ZK0423 naming a slot that does not say where it is exact: of its values nothing is counted */
export function requireSaid(program: Pick<Program, 'slots'>): void {
  const silent = silentSlot(program);
  if (silent)
    throw new ZkvmError('constraint', 'ZK0423', {
      what: 'the program does not say where its tables are exact, so nobody knows whether values left them',
      where: `slot ${silent.id} (${silent.name})`,
      fix: 'compile the ONNX file yourself, or go on without --strict',
    });
}

/** @throws constraint ZK0423 naming the node with most values, if any lie where tables are not exact */
export function requireExact(found: readonly Saturated[]): void {
  const [first] = found;
  if (!first) return;
  throw new ZkvmError('constraint', 'ZK0423', {
    what: 'values lie beyond the tables that the model was calibrated for, so the output may be wrong',
    where: first.node,
    why: `${saturatedText(first)}${found.length > 1 ? `, and others of ${found.length - 1} more nodes` : ''}`,
    fix: 'calibrate on inputs like this one, or go on without --strict and take the warning',
  });
}
