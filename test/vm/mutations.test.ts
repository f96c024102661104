// Damaged copies of a real program's proof file, ten thousand of them in the whole: every one is rejected with a typed error, none is accepted, none makes
// the verifier throw anything else. Source: AIR.md §9 items 1-3. Caveat: profile `test`, because a short proof has more damage a byte.
// Slow: thousands of proofs are verified.
import { beforeAll, describe, expect, test } from 'vitest';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import type { StreamItem } from '../../fri/pcs/stream.ts';
import { execute } from '../../vm/executor/run.ts';
import { instruction } from '../../vm/program/assembler.ts';
import { LANES, P, RAM_BASE } from '../../vm/program/isa.ts';
import { proveExecution } from '../../vm/prove.ts';
import { type Model, prepareModel } from '../../vm/statement/model.ts';
import { verifyProof } from '../../vm/verify.ts';
import { random } from '../air/toy.ts';
import { sampled, times } from '../times.ts';
import { wordProgram } from './programs.ts';

const profile = PROFILES.test;
const COUNT = times(sampled(10_000, 2_500));

let model: Model;
let honest: Uint8Array;
/** groups of the proof stream, and the byte at which the stream starts */
let items: StreamItem[];
let stream: number;
/** words of the stream that are 0 */
let zeros: number[];

beforeAll(async () => {
  const lanes = (value: number): number[] => Array<number>(LANES).fill(value);
  const R = RAM_BASE;
  const { program, inputs } = wordProgram({
    name: 'twice',
    rom: [
      instruction('MAC', { a: R, b: 3, c: R + 1 }),
      instruction('STORE', { a: 4, b: 9, c: R + 1 }),
      instruction('HLT'),
      [2, ...lanes(0).slice(1)],
      lanes(1),
    ],
    codeWords: 3,
    slots: { 9: Array.from({ length: 64 }, (_, i) => [1, i - 32, i - 32]) },
    inputs: [[R, Array.from({ length: LANES }, (_, t) => t - 8)]],
    outputs: [R + 1],
    ramLogSize: 2,
  });
  const prepared = await prepareModel(program, profile, jsBackend());
  model = prepared;
  const proved = await proveExecution(prepared, execute(program, inputs), { context: new TextEncoder().encode('mutations') });
  honest = proved.bytes;
  items = proved.writer.items;
  stream = honest.length - 4 * proved.writer.words.length;
  zeros = Array.from({ length: honest.length / 4 }, (_, at) => at).filter((at) => 4 * at >= stream && word(honest, at) === 0);
});

/** the code of the rejection, or 'accepted'; anything that is no rejection is thrown on */
function verdict(bytes: Uint8Array): string {
  try {
    verifyProof(model, bytes, [profile]);
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'rejected') return error.code;
    throw error;
  }
  return 'accepted';
}

type Random = (below: number) => number;
const word = (bytes: Uint8Array, at: number): number => new DataView(bytes.buffer).getUint32(4 * at, true);
const withWord = (at: number, change: (word: number) => number): Uint8Array => {
  const copy = honest.slice();
  new DataView(copy.buffer).setUint32(4 * at, change(word(honest, at)) >>> 0, true);
  return copy;
};
const joined = (...parts: ArrayLike<number>[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
const spliced = (from: number, drop: number, more: ArrayLike<number> = []): Uint8Array =>
  joined(honest.subarray(0, from), more, honest.subarray(from + drop));
const isHonest = (bytes: Uint8Array): boolean => Buffer.compare(bytes, honest) === 0;
const bytesOf = ({ at, length }: StreamItem): [number, number] => [stream + 4 * at, stream + 4 * (at + length)];

const MUTATIONS: Record<string, (pick: Random) => Uint8Array> = {
  'a flipped bit': (pick) => {
    const copy = honest.slice();
    copy[pick(copy.length)]! ^= 1 << pick(8);
    return copy;
  },
  'a flipped bit in the header': (pick) => {
    const copy = honest.slice();
    copy[pick(stream)]! ^= 1 << pick(8);
    return copy;
  },
  'another byte': (pick) => {
    const copy = honest.slice();
    const at = pick(copy.length);
    copy[at] = copy[at]! + 1 + pick(255);
    return copy;
  },
  'another word': (pick) => withWord(pick(honest.length / 4), (w) => w + 1 + pick(2 ** 31)),
  'a word plus p': (pick) => withWord(pick(honest.length / 4), (w) => (w <= 2 ** 32 - 1 - P ? w + P : w - P)),
  'a word of all ones': (pick) => withWord(pick(honest.length / 4), (w) => (w === 2 ** 32 - 1 ? 0 : 2 ** 32 - 1)),
  'p for a zero of the stream': (pick) => {
    return withWord(zeros[pick(zeros.length)]!, () => P);
  },
  'truncated anywhere': (pick) => honest.slice(0, pick(honest.length)),
  'truncated at a word': (pick) => honest.slice(0, 4 * pick(honest.length / 4)),
  extended: (pick) =>
    spliced(
      honest.length,
      0,
      Array.from({ length: 1 + pick(40) }, () => pick(256)),
    ),
  'bytes put in': (pick) =>
    spliced(
      pick(honest.length),
      0,
      Array.from({ length: 1 + pick(12) }, () => pick(256)),
    ),
  'words left out': (pick) => spliced(4 * pick(honest.length / 4), 4 * (1 + pick(8))),
  'two groups exchanged': (pick) => {
    let [a, b] = [pick(items.length - 1), pick(items.length - 1)];
    if (a === b) b = a + 1;
    if (a > b) [a, b] = [b, a];
    const [[from, to], [start, end]] = [bytesOf(items[a]!), bytesOf(items[b]!)];
    const copy = joined(
      honest.subarray(0, from),
      honest.subarray(start, end),
      honest.subarray(to, start),
      honest.subarray(from, to),
      honest.subarray(end),
    );
    // groups with equal content (nonces that are both zero) exchange to the same file
    return isHonest(copy) ? withWord(from / 4, (w) => w + 1) : copy;
  },
  'a group twice': (pick) => {
    const [from, to] = bytesOf(items[pick(items.length)]!);
    return spliced(to, 0, honest.subarray(from, to));
  },
  'a group left out': (pick) => {
    const [from, to] = bytesOf(items[pick(items.length)]!);
    return spliced(from, to - from);
  },
  'a run of zeros': (pick) => {
    const copy = honest.slice();
    const from = pick(copy.length);
    copy.fill(0, from, from + 16 + pick(400));
    return isHonest(copy) ? spliced(from, 1) : copy;
  },
  'random bytes behind the magic word': (pick) => {
    const copy = honest.slice(0, 8 + pick(honest.length));
    for (let i = 8; i < copy.length; i++) copy[i] = pick(256);
    return copy;
  },
};

describe('a proof file', () => {
  test('is accepted as it is', () => {
    expect(verdict(honest)).toBe('accepted');
    expect(items.length).toBeGreaterThan(19);
  });

  const kinds = Object.keys(MUTATIONS);
  const each = Math.ceil(COUNT / kinds.length);
  test.each(kinds.map((kind, seed) => ({ kind, seed })))(`${each} times with: $kind`, ({ kind, seed }) => {
    const next = random(1000 + seed);
    const accepted: number[] = [];
    for (let i = 0; i < each; i++) if (verdict(MUTATIONS[kind]!((below) => next() % below)) === 'accepted') accepted.push(i);
    expect(accepted).toEqual([]);
  });

  test('empty, or hostile in its counts, is rejected at once', () => {
    expect(verdict(new Uint8Array(0))).toBe('ZK0330');
    for (let at = 0; at < stream / 4; at++)
      for (const value of [0, 1, 2 ** 16, 2 ** 31, 2 ** 32 - 1])
        if (word(honest, at) !== value) expect(verdict(withWord(at, () => value))).not.toBe('accepted');
  });
});
