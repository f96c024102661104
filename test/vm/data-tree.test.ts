// A committed input: the words that the example MLP reads from RAM stand on a second preprocessed tree instead (AIR.md §2, DATA).
// The machine and the commitment layer have it; programs and files do not use it yet, so the run is moved there by hand.
import { expect, test } from 'vitest';
import { check } from '../../air/check.ts';
import { type InstanceWitness, setupColumns } from '../../air/columns.ts';
import { airHash } from '../../air/machine.ts';
import { prove } from '../../air/prove.ts';
import { type VerifyRequest, verify } from '../../air/verify.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { ProofReader } from '../../fri/pcs/stream.ts';
import { fillTraces } from '../../vm/chips/fill.ts';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { execute } from '../../vm/executor/run.ts';
import { RAM_BASE } from '../../vm/program/isa.ts';
import { tensorWords } from '../../vm/program/packing.ts';
import { publicTerms } from '../../vm/statement/claim.ts';
import { mlp } from './programs.ts';

const DATA_BASE = 2 ** 27;
const WORDS = 20;
const DATA_LOG_SIZE = 5;
const backend = jsBackend();
const profile = PROFILES.test;

const column = (i: InstanceWitness, name: string): Uint32Array => {
  const { preprocessed, base } = MACHINE.components[i.type]!;
  return preprocessed.includes(name) ? i.preprocessed[preprocessed.indexOf(name)]! : i.columns[base.indexOf(name)]!;
};

/** the run of `mlp` whose first MAC reads its input at DATA_BASE */
function withCommittedInput(): { instances: InstanceWitness[]; terms: ReturnType<typeof publicTerms>; outputs: Uint32Array[] } {
  const { program, inputs } = mlp(5);
  const run = execute(program, inputs);
  const instances = structuredClone(fillTraces(run)) as InstanceWitness[];
  const of = (type: number): InstanceWitness => instances.find((i) => i.type === type)!;
  const shift = DATA_BASE - RAM_BASE;
  column(of(TYPE.rom), 'w2')[0]! += shift; // operand a of the instruction at pc 0
  const pc = column(of(TYPE.cpu), 'pc');
  const en = column(of(TYPE.cpu), 'en');
  for (let row = 0; row < pc.length; row++)
    if (en[row] === 1 && pc[row] === 0) for (const name of ['a', 'ea']) column(of(TYPE.cpu), name)[row]! += shift;
  const [aw, a1] = [column(of(TYPE.mac), 'aw'), column(of(TYPE.mac), 'A1')];
  for (let row = 0; row < aw.length; row++) if (a1[row] === 1 && aw[row]! >= RAM_BASE && aw[row]! < RAM_BASE + WORDS) aw[row]! += shift;
  const data: InstanceWitness = {
    type: TYPE.rom,
    logSize: DATA_LOG_SIZE,
    base: 0,
    data: true,
    preprocessed: Array.from({ length: 17 }, () => new Uint32Array(2 ** DATA_LOG_SIZE)),
    columns: [new Uint32Array(2 ** DATA_LOG_SIZE)],
  };
  const ram = of(TYPE.ram);
  for (let i = 0; i < 2 ** DATA_LOG_SIZE; i++) data.preprocessed[0]![i] = DATA_BASE + i;
  for (let i = 0; i < WORDS; i++) {
    for (let lane = 0; lane < 16; lane++) {
      data.preprocessed[1 + lane]![i] = ram.columns[lane]![i]!;
      ram.columns[lane]![i] = 0;
    }
    data.columns[0]![i] = column(ram, 'mult')[i]!;
    column(ram, 'mult')[i] = 0;
    column(ram, 'used')[i] = 0;
  }
  instances.push(data);
  const terms = publicTerms({ inputs: [], outputs: program.outputs }, {}, run.outputs);
  return { instances, terms, outputs: tensorWords(program.outputs, run.outputs, 'output') };
}

test('a run on a committed input proves and verifies; another data root is refused', async () => {
  const { instances, terms, outputs } = withCommittedInput();
  expect(check(MACHINE, instances, terms)).toMatchObject({ failures: [], sumIsZero: true });
  const model = await setupColumns(
    backend,
    instances.filter((i) => !i.data),
    profile.logBlowup,
  );
  const data = await setupColumns(
    backend,
    instances.filter((i) => i.data),
    profile.logBlowup,
  );
  const statement = {
    modelId: airHash(MACHINE),
    preprocessedRoots: [model.tree.root, data.tree.root],
    inputs: [],
    outputs,
    context: new Uint8Array(0),
  };
  const { words } = await prove({ machine: MACHINE, profile, backend, statement, instances });
  const request: VerifyRequest = {
    machine: MACHINE,
    profile,
    statement,
    instances: instances.map(({ type, logSize, base, data: committed }) => ({ type, logSize, base, data: committed })),
    publicTerms: terms,
  };
  verify(request, new ProofReader(words));

  const changed = structuredClone(instances).map((i) => ({ ...i }));
  changed.at(-1)!.preprocessed[1]![0]! += 1;
  const other = await setupColumns(
    backend,
    changed.filter((i) => i.data),
    profile.logBlowup,
  );
  const replaced = { ...request, statement: { ...statement, preprocessedRoots: [model.tree.root, other.tree.root] } };
  expect(() => verify(replaced, new ProofReader(words))).toThrow(expect.objectContaining({ kind: 'rejected' }));
  expect(check(MACHINE, changed, terms).sumIsZero).toBe(false);
});
