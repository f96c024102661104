// Which columns of the real machine are opened twice and which are checked for periodicity (AIR.md §8, §10 tests 27-29): every column that a
// constraint reads on the row before, and every last LogUp column, which the running sum reads, all four coordinates, at every height below the
// largest. What goes wrong without it is shown on the toy machine (test/air/forgeries.test.ts).
import { expect, test } from 'vitest';
import { constraintCount, constraintOffsets, type Instance, shapesOf } from '../../../air/machine.ts';
import { addPoints, pointFromParameter, pointOverQM31, stepIndex } from '../../../fri/core/circle.ts';
import { batchesOf, layoutOf } from '../../../fri/pcs/layout.ts';
import { instanceOf, MACHINE, TYPE } from '../../../vm/chips/machine.ts';
import { CHIP_NAMES, type ChipName } from '../../../vm/chips/table.ts';

const HEIGHTS: Readonly<Record<ChipName, number>> = { cpu: 6, mac: 9, store: 7, ram: 8, rom: 10, lut: 6, words: 5 };
const instances: Instance[] = CHIP_NAMES.map((chip) => instanceOf(TYPE[chip], HEIGHTS[chip]));
const layout = layoutOf(shapesOf(MACHINE, instances));
const z = pointFromParameter([5, 6, 7, 8]);

/** tree, chip and column of a global column number */
const named = (column: number): string => {
  const block = layout.blocks.findLast((b) => b.first <= column)!;
  return `${block.tree} ${block.instance} ${column - block.first}`;
};

test('the two-point columns are those of AIR.md §5.0 and the running sum: 80, all four coordinates of every interaction column among them', () => {
  const counts = Object.fromEntries(MACHINE.components.map((c) => [c.name, [c.twoPoint.base.length, 4 * c.twoPoint.interaction.length]]));
  expect(counts).toEqual({ cpu: [17, 0], mac: [21, 8], store: [21, 8], ram: [0, 0], rom: [0, 0], lut: [0, 0], words: [1, 0] });
  expect(layout.twoPoint).toHaveLength(60 + 16 + 4);
  // only registers look back within a chip
  for (const c of MACHINE.components) expect(c.twoPoint.interaction).toEqual(c.registers.map((_, i) => i));
});

test('no constraint reads the row before in a column that is not two-point', () => {
  for (const c of MACHINE.components)
    for (const node of c.graph.nodes) {
      if (node.op === 'cell' && node.back) expect(c.twoPoint.base).toContain(node.index - c.preprocessed.length);
      if (node.op === 'felt' && node.back) expect(c.twoPoint.interaction).toContain(node.index);
    }
});

test('what a constraint of another height or of the next row reads must be a lift: last LogUp columns and all two-point ones', () => {
  for (const { tree, instance, logSize, columns, lifts, twoPoint } of layout.blocks) {
    const last = tree === 'interaction' && instance < instances.length ? [4, 3, 2, 1].map((back) => columns - back) : [];
    const [own, wanted] = [new Set(lifts), new Set([...twoPoint, ...last])];
    if (logSize < layout.logSize) expect(own).toEqual(wanted);
  }
});

test('every column lower than the largest that must be a lift is in exactly one periodicity batch, at the point of its height, with its sample at z', () => {
  const [all, previous, ...periodic] = batchesOf(layout, z);
  expect(all!.samples).toHaveLength(layout.columns);
  expect(previous!.point).toEqual(addPoints(z, pointOverQM31(-stepIndex(layout.logSize))));
  expect(previous!.samples).toEqual(layout.twoPoint.map((_, i) => layout.columns + i));
  const lower = layout.blocks.filter((b) => b.logSize < layout.logSize).flatMap((b) => b.lifts.map((c) => b.first + c));
  const checked = periodic.flatMap((batch) => batch.samples);
  expect(checked.map(named).sort()).toEqual(lower.map(named).sort());
  for (const batch of periodic) {
    const columns = batch.terms.flatMap(({ block, columns: list }) => list.map((c) => layout.blocks[block]!.first + c));
    expect(batch.samples).toEqual(columns);
    const heights = new Set(batch.terms.map(({ block }) => layout.blocks[block]!.logSize));
    expect(heights.size).toBe(1);
    const [height] = heights;
    expect(batch.point).toEqual(addPoints(z, pointOverQM31(stepIndex(layout.logSize - height!))));
  }
  expect(periodic).toHaveLength(5);
});

test('a machine has as many constraints as AIR.md §5.0 states, and that of the running sum', () => {
  expect([constraintOffsets(MACHINE, instances).at(-1), constraintCount(MACHINE, instances)]).toEqual([200, 201]);
});
