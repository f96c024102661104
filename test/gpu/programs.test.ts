// The real chips on all tiers: every program of the machine's test set and a compiled classifier give the same proof file, and the
// interaction columns of a damaged trace are the same too, unless its first row continues its last one: that is a bug on all tiers.
// Slow: every example program is proved on every backend.
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { circuitOf } from '../../air/machine.ts';
import { loadJob } from '../../bench/models.ts';
import type { Backend, Block } from '../../fri/backend/seam.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import type { StartedBackend } from '../../gpu/kind/kind.ts';
import { MACHINE } from '../../vm/chips/machine.ts';
import type { IntegerTensors, Program } from '../../vm/program/types.ts';
import { random } from '../air/toy.ts';
import { firstDifference } from '../conformance/phases.ts';
import { EASY_PROFILE } from '../conformance/profile.ts';
import { proveWatched } from '../conformance/prove.ts';
import { EXAMPLES } from '../vm/programs.ts';
import { randomColumn, TIERS } from './tiers.ts';

const MODELS = path.join(import.meta.dirname, '../models');

const proofOf = (backend: Backend, program: Program, inputs: IntegerTensors, logBlowup = 1) =>
  proveWatched(backend, program, inputs, { ...EASY_PROFILE, logBlowup });

describe('proof files', () => {
  const started: StartedBackend[] = [];
  const backends: Backend[] = [];
  beforeAll(async () => {
    for (const tier of TIERS) started.push(await tier.start());
    backends.push(...started.map(({ backend }) => backend));
  });
  afterAll(async () => {
    for (const { close } of started) await close();
  });

  const sameOnAll = async (program: Program, inputs: IntegerTensors, logBlowup?: number): Promise<void> => {
    const law = await proofOf(backends[0]!, program, inputs, logBlowup);
    for (const [i, backend] of backends.entries()) {
      if (i === 0) continue;
      const other = await proofOf(backend, program, inputs, logBlowup);
      expect(firstDifference(law.digests, other.digests), TIERS[i]!.name).toBeUndefined();
      expect(Buffer.compare(other.bytes, law.bytes), TIERS[i]!.name).toBe(0);
    }
  };

  test.each(EXAMPLES.map((make) => [make().name, make] as const))(
    'of %s, and digests of all phases, are the same on all tiers',
    async (_name, make) => {
      const { program, inputs } = make();
      await sameOnAll(program, inputs);
    },
  );

  test('of a program are the same at a larger blowup', async () => {
    const { program, inputs } = EXAMPLES[0]!();
    await sameOnAll(program, inputs, 3);
  });

  test('of the trained digits classifier are the same on all tiers', async () => {
    const { program } = loadJob('digits_mlp', MODELS);
    const [region] = program.inputs;
    const elements = region!.shape.reduce((n, d) => n * d, 1);
    const next = random(3);
    const values = Int32Array.from({ length: elements }, () => region!.lo + (next() % (region!.hi - region!.lo + 1)));
    await sameOnAll(program, { [region!.name]: values });
  });

  test.each([
    ['agree on columns that no honest run has', false],
    ['are refused where the first row continues the last one', true],
  ])('interaction columns %s', async (_, continued) => {
    const next = random(17);
    const felt = (): QM31 => [next(), next(), next(), next()];
    for (const component of MACHINE.components) {
      const circuit = circuitOf(component);
      const logSize = 5;
      const random = (count: number): Uint32Array[] =>
        Array.from({ length: count }, () => {
          const column = randomColumn(next, logSize);
          if (!continued) column[0] = column[2 ** logSize - 1] = 0; // padding: nothing is carried over the end
          return column;
        });
      const preprocessed = random(circuit.preprocessedColumns);
      const base = random(circuit.baseColumns);
      const parameters = circuit.graph.parameters.map(felt);
      const seen: unknown[] = [];
      for (const backend of backends) {
        const uploaded: (Block | undefined)[] = [preprocessed.length ? await backend.upload(preprocessed, logSize) : undefined];
        const request = { circuit, logSize, preprocessed: uploaded[0], base: await backend.upload(base, logSize), parameters };
        if (continued && circuit.registers.length) {
          await expect(backend.interaction(request)).rejects.toThrow(/ZK0001: .*depends on its last one/);
          continue;
        }
        const rows = await backend.interaction(request);
        const tree = await backend.commit([await backend.extend(await backend.interpolate(rows), 1)]);
        seen.push(tree.root);
      }
      for (const other of seen) expect(other, component.name).toEqual(seen[0]);
    }
  });

  test('a changed cell changes the proof file', async () => {
    const { program, inputs } = EXAMPLES[0]!();
    const [name] = Object.keys(inputs);
    const changed = { ...inputs, [name!]: inputs[name!]!.map((x, i) => (i === 0 ? x + 1 : x)) };
    const [law, other] = [await proofOf(backends[1]!, program, inputs), await proofOf(backends[1]!, program, changed)];
    expect(Buffer.compare(other.bytes, law.bytes)).not.toBe(0);
  });
});
