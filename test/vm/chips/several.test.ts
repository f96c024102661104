// Several mac and store instances in one proof: cut at run ends, permuted, padded with empty ones, at different heights; and what a
// forger would do with them. Source: DESIGN §7, AIR.md §5 (26 of §10). Caveat: profile `test`; sizes are those of the example programs.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InstanceWitness } from '../../../air/columns.ts';
import { prove } from '../../../air/prove.ts';
import { ZkvmError } from '../../../fri/core/errors.ts';
import { PROFILES } from '../../../fri/pcs/profile.ts';
import { type WasmBackend, wasmBackend } from '../../../gpu/wasm/backend.ts';
import { fillTraces } from '../../../vm/chips/fill.ts';
import { MACHINE, TYPE } from '../../../vm/chips/machine.ts';
import { planInstances } from '../../../vm/chips/split.ts';
import { type Execution, execute } from '../../../vm/executor/run.ts';
import { encodeProofFile } from '../../../vm/files/proof.ts';
import { tensorWords } from '../../../vm/program/packing.ts';
import type { Program } from '../../../vm/program/types.ts';
import { type PreparedModel, prepareModel } from '../../../vm/statement/model.ts';
import { verifyProof } from '../../../vm/verify.ts';
import { EXAMPLES } from '../programs.ts';
import { empty } from './empty.ts';

const profile = PROFILES.test;
const of = (list: readonly InstanceWitness[], type: number): InstanceWitness[] => list.filter((i) => i.type === type);
let backend: WasmBackend;
let program: Program;
let model: PreparedModel;
let run: Execution;
let cut: InstanceWitness[];

beforeAll(async () => {
  // the first example that is cut in both chips
  for (const make of EXAMPLES) {
    const example = make();
    run = execute(example.program, example.inputs);
    cut = fillTraces(run, planInstances(run, { repeatedChips: true, minSavedCells: 0 }));
    program = example.program;
    if (of(cut, TYPE.mac).length > 1 && of(cut, TYPE.store).length > 1) break;
  }
  backend = await wasmBackend({ threads: 1 });
  model = await prepareModel(program, profile, backend);
});
afterAll(() => backend.close());

async function proofOf(instances: readonly InstanceWitness[], claimed = instances): Promise<Uint8Array> {
  const context = new Uint8Array(0);
  const statement = {
    modelId: model.id,
    preprocessedRoots: [model.record.trees[0]!.root],
    inputs: tensorWords(program.inputs, run.inputs, 'input'),
    outputs: tensorWords(program.outputs, run.outputs, 'output'),
    context,
  };
  const { words } = await prove({ machine: MACHINE, profile, backend: model.backend, statement, instances, setup: model.setups[0]! });
  return encodeProofFile({
    profileId: profile.id,
    modelId: model.id,
    shards: [[...claimed]],
    parts: [],
    inputs: Object.values(run.inputs),
    outputs: Object.values(run.outputs),
    context,
    words,
  });
}

function verdict(bytes: Uint8Array): string {
  try {
    verifyProof(model, bytes, [profile]);
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'rejected') return error.what;
    throw error;
  }
  return 'accepted';
}

/** the list with its instances of one type replaced */
const withType = (type: number, change: (own: InstanceWitness[]) => InstanceWitness[]): InstanceWitness[] => [
  ...cut.filter((i) => i.type < type),
  ...change(of(cut, type)),
  ...cut.filter((i) => i.type > type),
];

test('the run is cut into several instances of mac and of store, of different heights', () => {
  const heights = [TYPE.mac, TYPE.store].map((type) => of(cut, type).map((i) => i.logSize));
  expect(Math.min(...heights.map((list) => list.length))).toBeGreaterThan(1);
  expect(new Set(heights.flat()).size).toBeGreaterThan(2);
});

describe('accepted', () => {
  test('the pieces, and the pieces in another order', async () => {
    expect(verdict(await proofOf(cut))).toBe('accepted');
    expect(verdict(await proofOf(withType(TYPE.mac, (own) => own.reverse())))).toBe('accepted');
  });
  test('the pieces with empty instances, the smallest and the largest of all among them', async () => {
    const more = withType(TYPE.store, (own) => [empty(TYPE.store, 1), ...own, empty(TYPE.store, 11)]);
    expect(verdict(await proofOf(more))).toBe('accepted');
  });
});

describe('rejected', () => {
  test.each([
    ['mac', TYPE.mac],
    ['store', TYPE.store],
  ] as const)('a %s piece left out, or twice: sum', async (_, type) => {
    expect(verdict(await proofOf(withType(type, (own) => own.slice(1))))).toBe('composition at z');
    expect(verdict(await proofOf(withType(type, (own) => [...own, own[0]!])))).toBe('composition at z');
  });
  test('a run that goes on in the next instance: its second half is one that nobody dispatched', async () => {
    const [first, ...others] = of(cut, TYPE.mac);
    const last = first!.columns[MACHINE.components[TYPE.mac]!.base.indexOf('last')]!;
    const middle = last.indexOf(1); // the first run without its last row
    const pieces = [0, middle].map((from, i) => ({
      ...first!,
      columns: first!.columns.map((c) => c.map((x, row) => ((i === 0 ? row < middle : row >= from) ? x : 0))),
    }));
    expect(verdict(await proofOf(withType(TYPE.mac, () => [...pieces, ...others])))).toBe('composition at z');
  });
  test('the heights or the order that the file claims are not those that were proved', async () => {
    const exchanged = withType(TYPE.mac, (own) => own.reverse());
    expect(exchanged.map((i) => i.logSize)).not.toEqual(cut.map((i) => i.logSize));
    expect(verdict(await proofOf(cut, exchanged))).not.toBe('accepted');
    const taller = cut.map((i) => (i.type === TYPE.store ? { ...i, logSize: i.logSize + 1 } : i));
    expect(verdict(await proofOf(cut, taller))).not.toBe('accepted');
  });
});
