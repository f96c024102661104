// Everything that a model's id covers moves it, and a proof is bound to its model, context, inputs and outputs. Caveat: profile `test`.
import { beforeAll, expect, test } from 'vitest';
import { jsBackend } from '../../../fri/backend/js/backend.ts';
import { digestToHex } from '../../../fri/core/digest.ts';
import { PROFILES } from '../../../fri/pcs/profile.ts';
import { MACHINE } from '../../../vm/chips/machine.ts';
import { pagesOf } from '../../../vm/chips/pages.ts';
import { execute } from '../../../vm/executor/run.ts';
import { decodeProofFile, encodeProofFile } from '../../../vm/files/proof.ts';
import { checkProgram } from '../../../vm/program/loader.ts';
import type { Program } from '../../../vm/program/types.ts';
import { proveExecution } from '../../../vm/prove.ts';
import { loadModel, type Model, prepareModel } from '../../../vm/statement/model.ts';
import { verifyProof } from '../../../vm/verify.ts';
import { EXAMPLES } from '../programs.ts';

const backend = jsBackend();
const profile = PROFILES.test;
const { program, inputs } = EXAMPLES[0]!();
const context = new TextEncoder().encode('order 17');
let model: Model;
let bytes: Uint8Array;

beforeAll(async () => {
  model = await loadModel(program, profile, backend);
  bytes = (await proveExecution(await prepareModel(program, profile, backend), execute(program, inputs), { context })).bytes;
});

const changed = (change: (p: Program) => void): Program => {
  const copy = structuredClone(program);
  change(copy);
  return copy;
};

test.each<[string, (p: Program) => void]>([
  ['a label', (p) => p.metadata.labels.push('cat')],
  ['the name', (p) => (p.metadata.name = 'another')],
  ['the scale of an output in its last bit', (p) => (p.outputs[0]!.scale *= 1 + Number.EPSILON)],
  [
    'a scale of a channel',
    (p) =>
      (p.metadata.encodings = [
        { of: 'output', name: p.outputs[0]!.name, axis: 0, scales: Array<number>(p.outputs[0]!.shape[0]!).fill(1) },
      ]),
  ],
  ['the range of an input', (p) => p.inputs[0]!.hi++],
  ['the shape of an output', (p) => p.outputs[0]!.shape.unshift(1)],
  ['a weight', (p) => (p.rom[p.rom.length - 16]! = p.rom[p.rom.length - 16] === 5 ? 6 : 5)],
  ['a table entry', (p) => (p.slots[0]!.intervals[2]! += 1)],
])('%s is part of the model id: a proof does not verify for the changed model', async (_, change) => {
  const other = await loadModel(changed(change), profile, backend);
  expect(digestToHex(other.id)).not.toBe(digestToHex(model.id));
  expect(() => verifyProof(other, bytes, [profile])).toThrow('another model');
  // a file that names the other model fails too: the id is in the transcript
  const renamed = encodeProofFile({ ...decodeProofFile(bytes), modelId: other.id });
  expect(() => verifyProof(other, renamed, [profile])).toThrow();
});

test('the source map is no part of the model id', async () => {
  const other = await loadModel(
    changed((p) => (p.sourceMap = [])),
    profile,
    backend,
  );
  expect(digestToHex(other.id)).toBe(digestToHex(model.id));
});

test('a proof is bound to its context, inputs and outputs', () => {
  const verdict = verifyProof(model, bytes, [profile], { context, inputs });
  expect(new TextDecoder().decode(verdict.context)).toBe('order 17');
  expect(() => verifyProof(model, bytes, [profile], { context: new Uint8Array(0) })).toThrow('another context');
  const name = program.inputs[0]!.name;
  const otherInput = { ...inputs, [name]: inputs[name]!.map((x, i) => (i === 0 ? x - 1 : x)) };
  expect(() => verifyProof(model, bytes, [profile], { inputs: otherInput })).toThrow('another input');
  const file = decodeProofFile(bytes);
  for (const forged of [
    { ...file, context: new TextEncoder().encode('order 18') },
    { ...file, context: new Uint8Array([...context, 0]) },
    { ...file, inputs: [otherInput[name]!, ...file.inputs.slice(1)] },
    { ...file, outputs: [file.outputs[0]!.map((x, i) => (i === 0 ? x - 1 : x)), ...file.outputs.slice(1)] },
    { ...file, inputs: file.outputs, outputs: file.inputs as Int32Array[] },
  ])
    expect(() => verifyProof(model, encodeProofFile(forged), [profile])).toThrow(expect.objectContaining({ kind: 'rejected' }));
});

test('an input outside its range is refused, in the statement and by its own error', () => {
  const file = decodeProofFile(bytes);
  const over = (file.inputs[0] as Int32Array).slice();
  over[0] = program.inputs[0]!.hi + 1;
  expect(() => verifyProof(model, encodeProofFile({ ...file, inputs: [over, ...file.inputs.slice(1)] }), [profile])).toThrow(
    expect.objectContaining({ kind: 'rejected', code: 'ZK0322' }),
  );
});

test.each<[string, (i: ReturnType<typeof decodeProofFile>['shards'][number]) => void]>([
  ['a second cpu', (i) => i.unshift({ ...i[0]! })],
  ['no cpu', (i) => i.shift()],
  ['a second ram', (i) => i.splice(3, 0, { ...i.find((x) => x.type === 3)! })],
  ['another RAM base', (i) => (i.find((x) => x.type === 3)!.base -= 16)],
  ['another ROM height', (i) => i.find((x) => x.type === 4)!.logSize++],
  ['a log size of 29', (i) => (i[0]!.logSize = 29)],
  ['another order', (i) => i.reverse()],
  ['a type that does not exist', (i) => i.push({ type: 6, logSize: 4, base: 0, data: false })],
  ['a data instance', (i) => (i.at(-1)!.data = true)],
])('%s is refused by the instance rule', (_, change) => {
  const file = decodeProofFile(bytes);
  change(file.shards[0]!);
  expect(() => verifyProof(model, encodeProofFile(file), [profile])).toThrow(expect.objectContaining({ kind: 'rejected', code: 'ZK0350' }));
});

test('the profile test is refused unless it is asked for', () => {
  expect(() => verifyProof(model, bytes, [PROFILES.fast, PROFILES.chain])).toThrow('not acceptable');
});

test('a program whose only tree no memory would hold has pages under every profile, each of which one memory holds', async () => {
  // 2^22 rows of 17 columns, 16 times extended
  const rom = new Uint32Array(16 * (2 ** 21 + 1));
  rom.set(program.rom);
  const loaded = checkProgram({ ...program, rom });
  for (const profile of Object.values(PROFILES)) {
    const pages = pagesOf(loaded, profile);
    expect(new Set(pages.map(({ page }) => page)).size).toBe(pages.length);
    const largest = Math.max(...pages.map(({ type, logSize }) => MACHINE.components[type]!.preprocessed.length * 2 ** logSize));
    expect(4 * largest * 2 ** profile.logBlowup).toBeLessThan(2 ** 30);
  }
  expect((await loadModel(program, PROFILES.chain, backend)).record.trees).toHaveLength(1);
});
