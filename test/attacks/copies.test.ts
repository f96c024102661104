// A forger of the real machine whose columns are no lifts: an instance below the largest height has other cells in each copy of its rows, and its
// last LogUp column takes what the running sum needs on the average. Each is refused by the check of that column's periodicity, and accepted by a
// verifier that leaves out it, or one of its coordinates. Source: PCS.md §7, AIR.md §8. Caveat: multiplicities of fixed tables, which may be any number
// anyway: what is shown is that the column is bound in proofs of this machine. What is won on a machine with booleans is test/air/forgeries.test.ts.
import { beforeAll, describe, expect, test } from 'vitest';
import type { InstanceWitness } from '../../air/columns.ts';
import { shapesOf } from '../../air/machine.ts';
import { prove } from '../../air/prove.ts';
import { type VerifyChecks, verify } from '../../air/verify.ts';
import { layoutOf } from '../../fri/pcs/layout.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { ProofReader } from '../../fri/pcs/stream.ts';
import { fillTraces } from '../../vm/chips/fill.ts';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { execute } from '../../vm/executor/run.ts';
import { tensorWords } from '../../vm/program/packing.ts';
import { publicTerms } from '../../vm/statement/claim.ts';
import { repeated, unliftedBackend } from '../air/forger.ts';
import { refusal } from '../failure.ts';
import { twice } from '../vm/programs.ts';
import { type TargetModel, targetModel } from './forge.ts';
import { taller } from './late.ts';

const profile = PROFILES.test;
const { program, inputs } = twice();
const run = execute(program, inputs);
const LARGEST = 8;
/** the cpu is the highest, so every other instance is below */
const honest = fillTraces(run).map((one) => (one.type === TYPE.cpu ? taller(one, LARGEST) : one));
let model: TargetModel;

beforeAll(async () => {
  model = await targetModel(program, profile);
});

/** what the verifier says of instances whose columns may be higher than they say */
async function verdict(instances: readonly InstanceWitness[], checks: VerifyChecks): Promise<string> {
  const statement = {
    modelId: model.id,
    preprocessedRoots: [model.record.trees[0]!.root],
    inputs: tensorWords(program.inputs, run.inputs, 'input'),
    outputs: tensorWords(program.outputs, run.outputs, 'output'),
    context: new Uint8Array(0),
  };
  const backend = unliftedBackend(layoutOf(shapesOf(MACHINE, instances)), checks);
  const { words } = await prove({ machine: MACHINE, profile, backend, statement, instances });
  const request = { machine: MACHINE, profile, statement, instances, publicTerms: publicTerms(program, run.inputs, run.outputs) };
  try {
    verify(request, new ProofReader(words), checks);
    return 'accepted';
  } catch (error) {
    return refusal(() => {
      throw error;
    }).what;
  }
}

/** the honest instances, of one all asked for in its first copy, as often as there are copies, and never in the others */
const askedInOneCopy = (index: number): InstanceWitness[] =>
  honest.map((instance, i) => {
    if (i !== index) return instance;
    const copies = 2 ** (LARGEST - instance.logSize);
    const rows = 2 ** instance.logSize;
    const mult = MACHINE.components[instance.type]!.base.indexOf('mult');
    const columns = instance.columns.map((column, c) =>
      repeated(column, copies).map((x, row) => (c !== mult ? x : row < rows ? copies * x : 0)),
    );
    return { ...instance, columns };
  });

test('the honest trace through the same prover is accepted, with the check and without', async () => {
  expect(await verdict(honest, {})).toBe('accepted');
  expect(await verdict(honest, { periodicity: () => false })).toBe('accepted');
});

describe.each(['rom', 'lut', 'ram'] as const)('%s', (name) => {
  const index = honest.findIndex(({ type }) => type === TYPE[name]);
  const { logSize, type } = honest[index]!;
  const last = 4 * (MACHINE.components[type]!.sums.length - 1);
  const forged = askedInOneCopy(index);

  test('is below the largest height, and asked for', () => {
    expect(logSize).toBeLessThan(LARGEST);
    expect(forged[index]!.columns.some((column, c) => column.some((x, row) => x !== honest[index]!.columns[c]![row % 2 ** logSize]))).toBe(
      true,
    );
  });

  test('its last LogUp column is no lift: refused, by any of its coordinates; accepted where none is checked', async () => {
    const own: VerifyChecks['periodicity'] = (block) => block.tree === 'interaction' && block.instance === index;
    expect(await verdict(forged, {})).toBe('last layer');
    expect(await verdict(forged, { periodicity: (block, c) => !own(block, c) })).toBe('accepted');
    for (const coordinate of [0, 1, 2, 3])
      expect(await verdict(forged, { periodicity: (block, c) => own(block, c) && c === last + coordinate })).toBe('last layer');
  });
});
