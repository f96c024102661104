// The two forgers that broke protocol version 1, kept: anything about any model with nothing executed, and other outputs for an honest run.
// Every verifier must refuse them, and the machine with the old constraint must still accept them, or these tests could not fail.
// Source: SECURITY.md. Caveat: they choose registers only; test/attacks/freedom.test.ts says what else there would be to choose.
// Slow: proofs of work of the real profiles.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InstanceWitness } from '../../air/columns.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { type WasmBackend, wasmBackend } from '../../gpu/wasm/backend.ts';
import { fillTraces } from '../../vm/chips/fill.ts';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { execute } from '../../vm/executor/run.ts';
import type { IntegerTensors } from '../../vm/program/types.ts';
import { verifyProof } from '../../vm/verify.ts';
import { conv, mlp, oneRowMuls } from '../vm/programs.ts';
import { anything, type Claim, forge, nothingExecuted, targetModel, verifyFor } from './forge.ts';
import { BAD_MACHINE } from './known-bad.ts';

let wasm: WasmBackend;
beforeAll(async () => {
  wasm = await wasmBackend({ threads: 1 });
});
afterAll(() => wasm.close());

const verdict = (check: () => void): string => {
  try {
    check();
    return 'accepted';
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'rejected') return `${error.code} ${error.what}`;
    throw error;
  }
};

/** the claim under today's machine and under the old one */
async function bothVerdicts(
  profile: (typeof PROFILES)[keyof typeof PROFILES],
  { program }: { program: Parameters<typeof targetModel>[0] },
  claim: Omit<Claim, 'model' | 'grind'>,
): Promise<{ today: string[]; before: string; chosen: string[][] }> {
  const grind = wasm.grind.bind(wasm);
  const good = await targetModel(program, profile);
  const today = await forge({ ...claim, model: good, grind });
  const bad = await targetModel(program, profile, BAD_MACHINE);
  const before = await forge({ ...claim, model: bad, grind });
  return {
    today: [verdict(() => verifyFor(good, today.bytes)), verdict(() => verifyProof(good, today.bytes, [profile]))],
    before: verdict(() => verifyFor(bad, before.bytes)),
    chosen: [today.chosen, before.chosen],
  };
}

describe('nothing executed, any outputs', () => {
  test.each([
    ['fast', 'mlp', 1],
    ['fast', 'conv', 3],
    ['chain', 'mlp', 1],
  ] as const)(
    'profile %s, program %s, mac of 2^%i rows: refused, and accepted by the machine of version 1',
    async (name, network, macLogSize) => {
      const example = network === 'mlp' ? mlp(1) : conv();
      const { program } = example;
      const claim = {
        instances: nothingExecuted(program, macLogSize),
        inputs: anything(program.inputs, 1),
        outputs: anything(program.outputs, 42),
      };
      expect(await bothVerdicts(PROFILES[name], example, claim)).toEqual({
        today: ['ZK0211 composition at z', 'ZK0211 composition at z'],
        before: 'accepted',
        chosen: [[], ['mac hold']],
      });
    },
  );
});

/** the honest traces, with the rows of the two last one-row MULs in a mac instance of their own */
function withPair(instances: readonly InstanceWitness[]): InstanceWitness[] {
  const names = MACHINE.components[TYPE.mac]!.base;
  return instances.flatMap((instance) => {
    if (instance.type !== TYPE.mac) return [instance];
    const [H, last] = ['H', 'last'].map((name) => instance.columns[names.indexOf(name)]!);
    const rows = [...H!.keys()].filter((row) => H![row] === 1 && last![row] === 1).slice(-2);
    const moved = (row: number): boolean => rows.includes(row);
    const part = (keep: (row: number) => boolean, logSize: number): InstanceWitness => ({
      ...instance,
      logSize,
      columns: instance.columns.map((column) => {
        const kept = [...column].filter((_, row) => keep(row));
        return Uint32Array.from({ length: 2 ** logSize }, (_, row) => kept[row] ?? 0);
      }),
    });
    return [part((row) => !moved(row), instance.logSize), part(moved, 1)];
  });
}

test('an honest run with other outputs: refused, and accepted by the machine of version 1', async () => {
  const example = oneRowMuls();
  const run = execute(example.program, example.inputs);
  const outputs: IntegerTensors = Object.fromEntries(
    example.program.outputs.map(({ name, lo, hi }) => [name, run.outputs[name]!.map((_, i) => (i % 2 ? lo : hi))]),
  );
  expect(outputs).not.toEqual(run.outputs);
  const claim = { instances: withPair(fillTraces(run)), inputs: run.inputs, outputs };
  expect(await bothVerdicts(PROFILES.fast, example, claim)).toEqual({
    today: ['ZK0211 composition at z', 'ZK0211 composition at z'],
    before: 'accepted',
    chosen: [[], ['mac hold']],
  });
  // the same instances with the honest outputs are a proof: it is the claim that is refused
  const honest = await bothVerdicts(PROFILES.fast, example, { ...claim, outputs: run.outputs });
  expect(honest.today).toEqual(['accepted', 'accepted']);
});
