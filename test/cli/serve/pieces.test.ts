// The pieces of a proof as a worker's thread makes them, one after the other, without a queue; and what each says of others' work that was changed.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelFileIn, recordFileIn } from '../../../cli/serve/data-folder.ts';
import type { Piece, PieceDone } from '../../../cli/serve/pieces.ts';
import { type Prover, startProver } from '../../../cli/serve/prover.ts';
import { readUpload } from '../../../cli/serve/read-upload.ts';
import { compileModel } from '../../../compiler/index.ts';
import { encodeReport } from '../../../compiler/report/stored.ts';
import { digestToHex } from '../../../fri/core/digest.ts';
import type { ZkvmError } from '../../../fri/core/errors.ts';
import { encodeProgram } from '../../../vm/files/zkb.ts';
import { contentHash } from '../../../vm/statement/record.ts';
import { node, onnxModel } from '../../compiler/onnx-writer.ts';
import { smallModel, temporaryFolder, zkvm } from '../capture.ts';

const small = smallModel();
const MAX_CELLS = 70_000;
const folder = temporaryFolder();
let prover: Prover;
let of: { model: string; profile: string; context: string; input: string; maxCells: number };
let shards: number;
let roots: string[];
let beginning: Uint8Array;
let parts: Uint8Array[];
let proof: Uint8Array;

const make = (piece: object): Promise<PieceDone> => prover.piece({ ...of, ...piece } as Piece, () => false);
async function made<K extends PieceDone['kind']>(kind: K, piece: object): Promise<Extract<PieceDone, { kind: K }>> {
  const done = await make(piece);
  if (done.kind !== kind) throw new Error(JSON.stringify(done));
  return done as Extract<PieceDone, { kind: K }>;
}
const flipped = (bytes: Uint8Array, at: number): Uint8Array => Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 1 : byte));
const otherRoot = (root: string): string => `${root.startsWith('0') ? '1' : '0'}${root.slice(1)}`;

beforeAll(async () => {
  fs.mkdirSync(folder.at('uploads'));
  const { zkb, record, about } = await readUpload({ bytes: small.zkb }, folder.at('uploads'));
  fs.mkdirSync(path.dirname(modelFileIn(folder.at('.'), about.id)), { recursive: true });
  fs.writeFileSync(modelFileIn(folder.at('.'), about.id), zkb);
  fs.writeFileSync(recordFileIn(folder.at('.'), about.id), record);
  of = { model: about.id, profile: 'fast', context: 'ab', input: small.input, maxCells: MAX_CELLS };
  prover = await startProver({ root: folder.at('.'), backend: 'auto', threads: 1, cacheBytes: 1e9, workers: 1 });
  shards = (await made('planned', { kind: 'plan', strict: false })).cells.length;
  roots = [];
  for (let shard = 0; shard < shards; shard++) roots.push((await made('root', { kind: 'root', shards, shard })).root);
  ({ bytes: beginning } = await made('beginning', { kind: 'begin', shards, roots }));
  parts = [];
  for (let shard = 0; shard < shards; shard++) parts.push((await made('part', { kind: 'part', shards, shard, roots, beginning })).bytes);
  ({ bytes: proof } = await made('proof', { kind: 'join', shards, roots, beginning, parts }));
});
afterAll(async () => {
  await prover?.close();
  folder.remove();
});

test('they make a proof of several shards, which the check takes and reads', async () => {
  expect(shards).toBeGreaterThan(1);
  const { outputs, cells } = await made('checked', { kind: 'check', proof });
  expect(Object.keys(JSON.parse(outputs).outputs)).toEqual(small.program.outputs.map(({ name }) => name));
  expect(cells).toBeGreaterThan(MAX_CELLS);
  for (const other of [{ proof: flipped(proof, proof.length - 9) }, { proof, context: 'ac' }, { proof: proof.slice(4) }])
    expect((await make({ kind: 'check', ...other })).kind).toBe('wrong');
});

test('its parts are taken one by one and then together, and are the same proof then', async () => {
  const accepted = [];
  for (const part of parts) accepted.push((await made('accepted', { kind: 'check part', part })).accepted);
  const whole = await made('checked', { kind: 'check sum', parts, accepted });
  expect(whole.bytes).toEqual(proof);
  const backwards = { kind: 'check sum', parts: [...parts].reverse(), accepted };
  expect((await made('checked', backwards)).bytes).toEqual(proof);
  expect({ ...whole, bytes: undefined }).toEqual({ ...(await made('checked', { kind: 'check', proof })), bytes: undefined });
  const kinds = async (...pieces: object[]): Promise<string[]> => {
    const found = [];
    for (const piece of pieces) found.push((await make(piece)).kind);
    return found;
  };
  const broken = flipped(parts[1]!, parts[1]!.length - 5);
  expect(
    await kinds(
      { kind: 'check part', part: broken },
      { kind: 'check part', part: beginning },
      { kind: 'check part', part: new Uint8Array() },
      { kind: 'check sum', parts: [parts[0], broken, ...parts.slice(2)], accepted },
      { kind: 'check sum', parts: parts.slice(1), accepted: accepted.slice(1) },
      { kind: 'check sum', parts, accepted: accepted.slice(1) },
      { kind: 'check sum', parts, accepted, context: 'ac' },
      { kind: 'check sum', parts: [], accepted: [] },
    ).catch((error: unknown) => String(error)),
  ).toEqual(Array(8).fill('wrong'));
});

test('a part is the same whether the columns of its root are still there or not, and so is what is said of a root that is another', async () => {
  const fresh = await startProver({ root: folder.at('.'), backend: 'auto', threads: 1, cacheBytes: 1e9, workers: 1 });
  const piece = (about: object) => fresh.piece({ ...of, ...about } as Piece, () => false);
  const part = { kind: 'part', shards, shard: 0, roots, beginning };
  try {
    expect(await piece({ kind: 'ready' })).toEqual({ kind: 'ready' });
    // nothing was kept
    expect(await piece(part)).toEqual({ kind: 'part', bytes: parts[0] });
    await piece({ kind: 'root', shards, shard: 0 });
    expect(await piece(part)).toEqual({ kind: 'part', bytes: parts[0] });
    // kept, and another root was committed to
    await piece({ kind: 'root', shards, shard: 0 });
    const changed = [otherRoot(roots[0]!), ...roots.slice(1)];
    const { bytes: begun } = await made('beginning', { kind: 'begin', shards, roots: changed });
    const right = { piece: 'root', shard: 0, root: roots[0] };
    expect(await piece({ ...part, roots: changed, beginning: begun })).toEqual({ kind: 'wrong', wrong: [right] });
    expect(await piece(part)).toEqual({ kind: 'part', bytes: parts[0] });
    // kept of another context, which has the same columns and another statement
    await piece({ kind: 'root', shards, shard: 0, context: 'ac' });
    expect(await piece(part)).toEqual({ kind: 'part', bytes: parts[0] });
    // what stops a part takes its columns along, and the next one is right
    await piece({ kind: 'root', shards, shard: 0 });
    let asked = 0;
    const stopped = fresh.piece({ ...of, ...part } as Piece, () => ++asked > 3);
    expect(await stopped.catch(({ code }: ZkvmError) => code)).toBe('ZK0922');
    expect(await piece(part)).toEqual({ kind: 'part', bytes: parts[0] });
  } finally {
    await fresh.close();
  }
});

test('a run that fits in one shard is proved at once, as another proof of the same', async () => {
  const { bytes } = await made('proof', { kind: 'plan', strict: false, maxCells: 1e9 });
  await made('checked', { kind: 'check', proof: bytes });
  expect(bytes).not.toEqual(proof);
});

test('another number of shards is the fault of who planned', async () => {
  const wrong = { kind: 'wrong', wrong: [{ piece: 'plan' }] };
  const more = shards + 1;
  expect(await make({ kind: 'root', shards: more, shard: 0 })).toEqual(wrong);
  expect(await make({ kind: 'begin', shards: more, roots })).toEqual(wrong);
  expect(await make({ kind: 'join', shards: more, roots, beginning, parts })).toEqual(wrong);
});

test('a root that is none is made by who begins; one that is another is seen by who makes the part, and told apart by who joins', async () => {
  const none = ['', ...roots.slice(1)];
  const right = { piece: 'root', shard: 0, root: roots[0] };
  expect(await make({ kind: 'begin', shards, roots: none })).toEqual({ kind: 'wrong', wrong: [right] });

  const changed = [otherRoot(roots[0]!), ...roots.slice(1)];
  const { bytes: begun } = await made('beginning', { kind: 'begin', shards, roots: changed });
  expect(await make({ kind: 'part', shards, shard: 0, roots: changed, beginning: begun })).toEqual({ kind: 'wrong', wrong: [right] });
  const claimed = [undefined, ...parts.slice(1)];
  // the other parts are of another beginning
  const others = parts.slice(1).map((_, i) => ({ piece: 'part', shard: i + 1 }));
  expect(await make({ kind: 'join', shards, roots: changed, beginning: begun, parts: claimed })).toEqual({
    kind: 'wrong',
    wrong: [...others, right],
  });
  // and who says so of a root that is right is wrong himself
  expect(await make({ kind: 'join', shards, roots, beginning, parts: claimed })).toEqual({
    kind: 'wrong',
    wrong: [{ piece: 'part', shard: 0 }],
  });
});

test('a changed beginning is seen by who makes a part and by who joins: its statement, its roots, its nonce', async () => {
  const wrong = { kind: 'wrong', wrong: [{ piece: 'begin' }] };
  for (const at of [5, beginning.length - 12, beginning.length - 8, beginning.length - 1]) {
    const changed = flipped(beginning, at);
    expect(await make({ kind: 'part', shards, shard: 0, roots, beginning: changed })).toEqual(wrong);
    expect(await make({ kind: 'join', shards, roots, beginning: changed, parts: [undefined, ...parts.slice(1)] })).toMatchObject({
      kind: 'wrong',
    });
  }
  expect(await make({ kind: 'join', shards, roots, beginning: new Uint8Array(), parts })).toEqual(wrong);
});

test('a changed part is told apart from those that are right', async () => {
  for (const at of [parts[1]!.length - 5, parts[1]!.length >> 1]) {
    const changed = [parts[0], flipped(parts[1]!, at), ...parts.slice(2)];
    expect(await make({ kind: 'join', shards, roots, beginning, parts: changed })).toEqual({
      kind: 'wrong',
      wrong: [{ piece: 'part', shard: 1 }],
    });
  }
  const swapped = [parts[1], parts[0], ...parts.slice(2)];
  expect(await make({ kind: 'join', shards, roots, beginning, parts: swapped })).toEqual({
    kind: 'wrong',
    wrong: [
      { piece: 'part', shard: 0 },
      { piece: 'part', shard: 1 },
    ],
  });
});

test('who plans says what the rounding of the input decides, and a strict job is not planned then', async () => {
  const waves = Array.from({ length: 24 }, (_, k) => [0, 3, 6, 9].map((phase, i) => Math.sin(phase + (2 + i * i) * k)));
  const largest = node('ArgMax', ['x'], 'y', { axis: 1 });
  const { program, report, measuredOn } = compileModel(
    onnxModel({ inputs: { x: [1, 4] }, nodes: [largest], outputs: ['y'], outputTypes: { y: 7 } }),
    { calibration: waves.map((data) => ({ x: { shape: [1, 4], data } })), labels: [] },
  );
  const zkb = encodeProgram(program, encodeReport({ samples: measuredOn, report }));
  const model = digestToHex(contentHash(zkb));
  fs.writeFileSync(modelFileIn(folder.at('.'), model), zkb);
  const step = program.inputs[0]!.scale;
  const plan = (first: number, second: number, strict: boolean) =>
    made('proof', { kind: 'plan', model, strict, maxCells: 1e9, input: JSON.stringify({ x: [[0.1, first * step, second * step, 0]] }) });
  // both are rounded to 200 and 201
  expect((await plan(200, 201, true)).unsteady).toEqual([]);
  expect((await plan(200.4, 200.6, false)).unsteady).toMatchObject([{ output: 'y', what: 'integers' }]);
  expect(await plan(200.4, 200.6, true).catch(({ code }: ZkvmError) => code)).toBe('ZK0424');
});

test('a proof with a committed input is made in pieces and checked against the input of the job, by its root', async () => {
  const at = (name: string): string => path.join(import.meta.dirname, '../../models/digits_mlp', name);
  const input = fs.readFileSync(at('input.json'), 'utf8');
  const [[name, rows]] = Object.entries(JSON.parse(input) as Record<string, number[][]>) as [[string, number[][]]];
  const compile = ['compile', at('model.onnx'), '-o', folder.at('m.zkb'), '--calibrate', at('calib.json'), '--commit-input', name];
  expect((await zkvm(...compile)).code).toBe(0);
  const { zkb, record, about } = await readUpload({ bytes: new Uint8Array(fs.readFileSync(folder.at('m.zkb'))) }, folder.at('uploads'));
  fs.writeFileSync(modelFileIn(folder.at('.'), about.id), zkb);
  fs.writeFileSync(recordFileIn(folder.at('.'), about.id), record);
  const job = { model: about.id, profile: 'fast', input, maxCells: 100_000 };
  const other = { ...job, input: JSON.stringify({ [name]: rows.map((row) => row.map((x) => (x > 0 ? x / 2 : 1))) }) };

  const { bytes: whole } = await made('proof', { ...job, kind: 'plan', strict: false, maxCells: 1e9 });
  const planned = (await made('planned', { ...job, kind: 'plan', strict: false })).cells.length;
  expect(planned).toBeGreaterThan(1);
  const shard = { ...job, shards: planned };
  const committed = [];
  for (let i = 0; i < planned; i++) committed.push((await made('root', { ...shard, kind: 'root', shard: i })).root);
  const { bytes: begun } = await made('beginning', { ...shard, kind: 'begin', roots: committed });
  const ownParts: Uint8Array[] = [];
  const accepted = [];
  for (let i = 0; i < planned; i++) {
    const { bytes } = await made('part', { ...shard, kind: 'part', shard: i, roots: committed, beginning: begun });
    ownParts.push(bytes);
    accepted.push((await made('accepted', { ...job, kind: 'check part', part: bytes })).accepted);
  }
  const join = { kind: 'join', roots: committed, beginning: begun, parts: ownParts };
  const { bytes: joined } = await made('proof', { ...shard, ...join });
  const sum = { kind: 'check sum', parts: ownParts, accepted };
  for (const check of [{ kind: 'check', proof: whole }, { kind: 'check', proof: joined }, sum]) {
    await made('checked', { ...job, ...check });
    expect(await make({ ...other, ...check })).toEqual({ kind: 'wrong', wrong: [{ piece: 'plan' }] });
  }
});
