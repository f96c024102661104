// Every check that stands in vm/verify.ts, each refused by its own code and by nothing before it. Source: AIR.md §9 items 1-10.
// Caveat: what the proof stream itself must satisfy is in test/air; here the stream is always the honest one.
import { beforeAll, expect, test } from 'vitest';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { leafDigest } from '../../fri/core/digest.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { PROFILES, type Profile } from '../../fri/pcs/profile.ts';
import { execute } from '../../vm/executor/run.ts';
import { decodeProofFile, encodeProofFile, type ProofFile } from '../../vm/files/proof.ts';
import { RAM_BASE } from '../../vm/program/isa.ts';
import { proveExecution } from '../../vm/prove.ts';
import { publicTermCount } from '../../vm/statement/claim.ts';
import { securityOf } from '../../vm/statement/instances.ts';
import { loadModel, type Model, prepareModel } from '../../vm/statement/model.ts';
import { type Expectation, verifyProof } from '../../vm/verify.ts';
import { twice } from './programs.ts';

const backend = jsBackend();
const profile = PROFILES.test;
const { program, inputs } = twice();
const context = new TextEncoder().encode('order');
let model: Model;
let honest: ProofFile;
let outputs: Record<string, Int32Array>;

beforeAll(async () => {
  const run = execute(program, inputs);
  outputs = run.outputs;
  model = await loadModel(program, profile, backend);
  honest = decodeProofFile((await proveExecution(await prepareModel(program, profile, backend), run, { context })).bytes);
});

function verdict(change: Partial<ProofFile> = {}, expected: Expectation = {}, acceptable: Profile[] = [profile], against = model): string {
  try {
    verifyProof(against, encodeProofFile({ ...honest, ...change }), acceptable, expected);
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'rejected') return error.code;
    throw error;
  }
  return 'accepted';
}

const first = (tensors: Record<string, Int32Array>): string => Object.keys(tensors)[0]!;
const changed = (tensors: Record<string, Int32Array>): Record<string, Int32Array> => {
  const name = first(tensors);
  return { ...tensors, [name]: tensors[name]!.map((x, i) => (i === 0 ? (x === 0 ? 1 : 0) : x)) };
};
const asList = (tensors: Record<string, Int32Array>): Int32Array[] => Object.values(tensors);

test('the honest file is accepted, with and without what the caller expects', () => {
  expect(verdict()).toBe('accepted');
  expect(verdict({}, { inputs, outputs, context })).toBe('accepted');
});

test('an expected tensor of a name that the model does not have is refused, not passed over', () => {
  expect(verdict({}, { inputs: { ...inputs, bogus: Int32Array.of(1) } })).toBe('ZK0324');
  expect(verdict({}, { outputs: { ...outputs, bogus: Int32Array.of(1) } })).toBe('ZK0324');
});

test('what a caller does with his arrays after the call changes neither proof nor verdict', async () => {
  const own = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, tensor.slice()]));
  const run = execute(program, own);
  for (const tensor of Object.values(own)) tensor.fill(1);
  const given = context.slice();
  const proof = proveExecution(await prepareModel(program, profile, backend), run, { context: given });
  given.fill(0);
  const { bytes } = await proof;
  expect(bytes).toEqual(encodeProofFile(honest));
  const buffer = Buffer.from(bytes);
  const result = verifyProof(model, buffer, [profile]);
  buffer.fill(0);
  expect(result.context).toEqual(context);
  expect(result.inputs).toEqual(inputs);
});

test('the record of a loaded model is that of its program: tree, heights, fixed instances; what is too large for the profile is not loaded', async () => {
  const prepared = await prepareModel(program, profile, backend);
  expect(model.record.trees[0]!.root).toEqual(prepared.setups[0]!.tree.root);
  expect(model.record.trees[0]!.instances.map(({ type, base }) => [type, base])).toEqual([
    [3, RAM_BASE],
    [4, 0],
    [5, 0],
  ]);
  expect(model.record.trees[0]!.logSize).toBe(Math.max(...model.record.trees[0]!.instances.map(({ logSize }) => logSize)));
  await expect(loadModel(program, { ...profile, logBlowup: 40 }, backend)).rejects.toThrow(expect.objectContaining({ code: 'ZK0346' }));
});

test('1 a profile that is not acceptable, that does not exist, that the model was not loaded for', async () => {
  expect(verdict({}, {}, [PROFILES.fast, PROFILES.chain])).toBe('ZK0354');
  expect(verdict({}, {}, [])).toBe('ZK0354');
  expect(verdict({ profileId: 77 }, {}, Object.values(PROFILES))).toBe('ZK0354');
  const local = await loadModel(program, PROFILES.fast, backend);
  expect(verdict({}, {}, Object.values(PROFILES), local)).toBe('ZK0355');
  expect(verdict({ profileId: PROFILES.fast.id }, {}, Object.values(PROFILES))).toBe('ZK0355');
});

test('2 another model id', () => {
  expect(verdict({ modelId: leafDigest([1]) })).toBe('ZK0356');
});

test('3 other instances', () => {
  expect(verdict({ shards: [[honest.shards[0]![0]!, ...honest.shards[0]!]] })).toBe('ZK0350');
  // sizes that the rule allows, but that are not those of the proof, are in the transcript
  const taller = honest.shards[0]!.map((i) => (i.type === 1 ? { ...i, logSize: i.logSize + 1 } : i));
  expect(verdict({ shards: [taller] })).toMatch(/^ZK02/);
});

test('4 a tensor too many or too few, of another length, out of range, or another one', () => {
  const [input, output] = [honest.inputs[0]! as Int32Array, honest.outputs[0]!];
  expect(verdict({ inputs: [...honest.inputs, input] })).toBe('ZK0352');
  expect(verdict({ inputs: [] })).toBe('ZK0352');
  expect(verdict({ outputs: [...honest.outputs, new Int32Array(0)] })).toBe('ZK0352');
  expect(verdict({ outputs: [] })).toBe('ZK0352');
  expect(verdict({ inputs: [input.slice(1)] })).toBe('ZK0320');
  expect(verdict({ outputs: [Int32Array.of(...output, 0)] })).toBe('ZK0320');
  for (const value of [program.inputs[0]!.hi + 1, program.inputs[0]!.lo - 1])
    expect(verdict({ inputs: [input.map((x, i) => (i === input.length - 1 ? value : x))] })).toBe('ZK0322');
  for (const value of [program.outputs[0]!.hi + 1, program.outputs[0]!.lo - 1])
    expect(verdict({ outputs: [output.map((x, i) => (i === 0 ? value : x))] })).toBe('ZK0322');
  expect(verdict({ inputs: asList(changed(inputs)) })).toMatch(/^ZK02/);
  expect(verdict({ outputs: asList(changed(outputs)) })).toMatch(/^ZK02/);
});

test('4 an input in a bucket that no number is in', () => {
  const [{ name, shape, hi }] = program.inputs as [(typeof program.inputs)[0]];
  const axis = shape.length - 1;
  /** the same model, whose inputs are buckets between so many thresholds */
  const compared = (thresholds: number): Model => {
    const lists = Array.from({ length: shape[axis]! }, () => Array.from({ length: thresholds }, (_, i) => i));
    const encodings = [{ of: 'input' as const, name, axis, thresholds: lists }];
    return { ...model, program: { ...program, metadata: { ...program.metadata, encodings } } };
  };
  expect(Math.max(...inputs[name]!)).toBeGreaterThan(1);
  expect(verdict({}, {}, [profile], compared(Math.min(hi, 2 ** 10)))).toBe('accepted');
  expect(verdict({}, {}, [profile], compared(1))).toBe('ZK0322');
});

test('4 inputs, outputs or a context other than the caller expects', () => {
  expect(verdict({}, { inputs: changed(inputs) })).toBe('ZK0353');
  expect(verdict({}, { inputs: {} })).toBe('ZK0353');
  expect(verdict({}, { outputs: changed(outputs) })).toBe('ZK0353');
  expect(verdict({}, { outputs: { [first(outputs)]: outputs[first(outputs)]!.slice(1) } })).toBe('ZK0353');
  expect(verdict({}, { context: new Uint8Array(0) })).toBe('ZK0357');
  expect(verdict({}, { context: new TextEncoder().encode('order\0') })).toBe('ZK0357');
  expect(verdict({}, { context: new TextEncoder().encode('ordes') })).toBe('ZK0357');
  expect(verdict({ context: new TextEncoder().encode('ordes') })).toMatch(/^ZK02/);
});

test('5 sizes that leave too little security, or too many fractions', () => {
  expect(verdict({}, {}, [{ ...profile, floor: { kind: 'conjectured', bits: 3 } }])).toBe('ZK0131');
  expect(verdict({}, {}, [{ ...profile, floor: { kind: 'conjectured', bits: 2 } }])).toBe('accepted');
  const many = honest.shards[0]!.flatMap((i) => (i.type === 2 ? Array.from({ length: 4 }, () => ({ ...i, logSize: 24 })) : [i]));
  expect(verdict({ shards: [many] })).toBe('ZK0351');
});

test('5 the security that is reported counts every public term', () => {
  const { security } = verifyProof(model, encodeProofFile(honest), [profile]);
  expect(security).toEqual(securityOf(profile, honest.shards[0]!, publicTermCount(program)));
  expect(security).not.toEqual(securityOf(profile, honest.shards[0]!, publicTermCount(program) - 1));
});

test('6 a proof stream that is cut, longer, or of another proof', () => {
  expect(verdict({ words: honest.words.slice(0, -1) })).toMatch(/^ZK01/);
  expect(verdict({ words: Uint32Array.of(...honest.words, 0) })).toBe('ZK0105');
  expect(verdict({ words: new Uint32Array(0) })).toBe('ZK0104');
});
