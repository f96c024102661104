// The formula for the size of a proof, with the positions that were drawn, equals real proofs of the toy machine, as words and as felts.
import { expect, test } from 'vitest';
import { setupColumns } from '../../../air/columns.ts';
import { shapesOf } from '../../../air/machine.ts';
import { prove } from '../../../air/prove.ts';
import { jsBackend } from '../../../fri/backend/js/backend.ts';
import type { Backend } from '../../../fri/backend/seam.ts';
import { layoutOf } from '../../../fri/pcs/layout.ts';
import { PROFILES } from '../../../fri/pcs/profile.ts';
import { proofSize, someRandomPositions } from '../../../fri/pcs/proof-size.ts';
import { calldataFelts } from '../../../fri/pcs/stream.ts';
import { toyMachine, toyRun } from '../../air/toy.ts';

test.each([
  [[4, 6, 8], 'test'],
  [[9, 7, 10], 'fast'],
  [[6, 6, 6], 'fast'],
  [[5, 9, 7], 'chain'],
] as const)('the size formula equals the real proof: heights %j, profile %s', async (logs, name) => {
  const profile = { ...PROFILES[name], work: { query: 0, interaction: 0, deep: 0, fold: 0 } };
  const run = toyRun([...logs]);
  const layout = layoutOf(shapesOf(toyMachine, run.instances));
  let positions: readonly number[] = [];
  const backend: Backend = jsBackend();
  const open = backend.open;
  backend.open = async (tree, at) => {
    if (tree.height === layout.logSize + profile.logBlowup) positions = at;
    return open(tree, at);
  };
  const { tree } = await setupColumns(backend, run.instances, profile.logBlowup);
  const statement = {
    modelId: new Uint32Array(8),
    preprocessedRoots: [tree.root],
    inputs: run.inputs,
    outputs: run.outputs,
    context: new Uint8Array(0),
  };
  const { words, writer } = await prove({ machine: toyMachine, profile, backend, statement, instances: run.instances });
  expect(proofSize(layout, profile, 1, positions)).toEqual({ bytes: 4 * words.length, calldataFelts: calldataFelts(writer.items) });
  const guess = proofSize(layout, profile, 1, someRandomPositions(profile, layout.logSize + profile.logBlowup));
  expect(Math.abs(guess.bytes / (4 * words.length) - 1)).toBeLessThan(0.15);
});
