// Repairs a trace that was broken on purpose: follows violated constraints and sets one of their cells to the value that satisfies them
// (constraints are affine in most cells, the rest are bits), a few cells deep. Source: AIR.md §11 (c).
// Caveat: a search with a budget; that it finds nothing proves nothing.
import { inverse, mul, sub } from '../../fri/core/m31.ts';
import { P } from '../../vm/program/isa.ts';
import type { Cells, CompiledChip, CompiledConstraint } from './compiled.ts';

/**
 * @param rows a cyclic trace, changed in place
 * @param changed `row:column` of the cells that must keep their value; those that the repair sets are added
 * @param depth further cells it may change
 * @param budget steps in all
 * @returns whether all constraints but `deleted` hold around the changed cells
 */
export function repair(
  { constraints, preprocessed }: CompiledChip,
  rows: Cells[],
  deleted: string,
  changed: Set<string>,
  depth: number,
  budget: number,
): boolean {
  const count = rows.length;
  const stated = constraints.filter(({ label }) => label !== deleted);
  let left = budget;
  const evaluate = ({ value }: CompiledConstraint, row: number): number => value(rows[row]!, rows[(row + count - 1) % count]!);
  const firstBroken = (): [number, CompiledConstraint] | undefined => {
    const near = new Set([...changed].flatMap((cell) => [Number(cell.split(':')[0]), (Number(cell.split(':')[0]) + 1) % count]));
    for (const row of near) for (const constraint of stated) if (evaluate(constraint, row) !== 0) return [row, constraint];
    return undefined;
  };
  const go = (deeper: number): boolean => {
    const broken = firstBroken();
    if (!broken) return true;
    if (deeper === 0 || --left < 0) return false;
    const [row, constraint] = broken;
    const cells = new Map<string, [number, number]>();
    for (const { index, back } of constraint.reads) {
      const at = back ? (row + count - 1) % count : row;
      if (index >= preprocessed) cells.set(`${at}:${index}`, [at, index]);
    }
    for (const [cell, [at, index]] of cells) {
      if (changed.has(cell)) continue;
      const old = rows[at]![index]!;
      const valueWith = (value: number): number => {
        rows[at]![index] = value;
        return evaluate(constraint, row);
      };
      const here = valueWith(old);
      const slope = sub(valueWith((old + 1) % P), here);
      const candidates = slope === 0 ? [] : [sub(old, mul(here, inverse(slope)))];
      if (old <= 1) candidates.push(1 - old);
      for (const candidate of candidates) {
        if (valueWith(candidate) !== 0) continue;
        changed.add(cell);
        if (go(deeper - 1)) return true;
        changed.delete(cell);
      }
      rows[at]![index] = old;
    }
    return false;
  };
  return go(depth);
}
