// What a forger can still choose who sees the challenges before he commits to his last shard: how often rows of lut were asked for, so that all sums
// and the public terms of a false claim cancel. Source: AIR.md §10 item 14. Caveat: sums are computed row by row, so it is for small programs.
import type { InstanceWitness } from '../../air/columns.ts';
import { circuitOf, componentOf, type PublicTerm, publicSum } from '../../air/machine.ts';
import { type Challenges, parameterValues } from '../../fri/backend/graph.ts';
import { interactionColumns, total as totalOf } from '../../fri/backend/js/interaction.ts';
import { inverse, mul, sub } from '../../fri/core/m31.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';

/** the instance with rows of zeros behind its own */
export const taller = (instance: InstanceWitness, logSize: number): InstanceWitness => ({
  ...instance,
  logSize,
  columns: instance.columns.map((column) => Uint32Array.from({ length: 2 ** logSize }, (_, row) => column[row] ?? 0)),
});

/** the sum of an instance's fractions */
export const sumOf = (instance: InstanceWitness, challenges: Challenges): QM31 => {
  const circuit = circuitOf(componentOf(MACHINE, instance));
  const parameters = parameterValues(circuit.graph, challenges, instance);
  const felts = interactionColumns(circuit, [...instance.preprocessed, ...instance.columns], instance.logSize, parameters, true);
  return totalOf(felts.at(-1)!);
};
export const total = (list: readonly QM31[]): QM31 => list.reduce((sum, x) => Q.add(sum, x), Q.ZERO);

/** numbers m with Σ m_i a_i = b, four of each */
function solved(a: readonly QM31[], b: QM31): number[] {
  const rows = [0, 1, 2, 3].map((c) => [...a.map((x) => x[c]!), b[c]!]);
  for (let i = 0; i < 4; i++) {
    const pivot = rows.findIndex((row, r) => r >= i && row[i] !== 0);
    [rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!];
    const scale = inverse(rows[i]![i]!);
    rows[i] = rows[i]!.map((x) => mul(x, scale));
    for (const [r, row] of rows.entries()) if (r !== i) rows[r] = row.map((x, c) => sub(x, mul(row[i]!, rows[i]![c]!)));
  }
  return rows.map((row) => row[4]!);
}

/** The last shard with the lut of which the first four rows were asked for so often that nothing executed says what the terms claim. */
export function lutThatCancels(
  shards: readonly (readonly InstanceWitness[])[],
  terms: readonly PublicTerm[],
  challenges: Challenges,
): InstanceWitness[] {
  const last = shards.at(-1)!;
  const lut = last.find(({ type }) => type === TYPE.lut)!;
  const asked = (mult: number[]): InstanceWitness => ({
    ...lut,
    columns: [Uint32Array.from({ length: 2 ** lut.logSize }, (_, row) => mult[row] ?? 0)],
  });
  const others = shards.flat().filter((i) => i !== lut);
  const rest = Q.add(publicSum(terms, challenges), total(others.map((i) => sumOf(i, challenges))));
  const units = [0, 1, 2, 3].map((at) => sumOf(asked([0, 1, 2, 3].map((row) => (row === at ? 1 : 0))), challenges));
  const chosen = asked(solved(units, Q.neg(rest)));
  return last.map((i) => (i === lut ? chosen : i));
}
