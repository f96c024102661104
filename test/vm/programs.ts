// Hand-assembled programs for every instruction, variant and recipe of the machine, each with its outputs computed directly.
import { instruction, type Operands } from '../../vm/program/assembler.ts';
import { type FlagOf, LANES, P, RAM_BASE, toField } from '../../vm/program/isa.ts';
import type { IntegerTensors, Program, Region } from '../../vm/program/types.ts';

/** [address, lane, value] */
type Expected = [number, number, number];
export interface Example {
  name: string;
  program: Program;
  inputs: IntegerTensors;
  expect: Expected[];
}

const R = RAM_BASE;
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const ceil = (a: number, b: number): number => Math.ceil(a / b);
const word = (xs: number[]): number[] => [...xs, ...Array<number>(LANES).fill(0)].slice(0, LANES);
const ones = (n: number): number[] => word(Array<number>(Math.max(0, Math.min(n, LANES))).fill(1));

/** deterministic integers in [-n, n] */
function integers(seed: number): (n: number) => number {
  let s = seed;
  return (n) => {
    s = (Math.imul(s ^ (s >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    s = Math.imul(s ^ (s >>> 12), 0x297a2d39);
    s ^= s >>> 15;
    return ((s >>> 0) % (2 * n + 1)) - n;
  };
}

/** whole words as a tensor [words][16] */
export const wordRegion = (name: string, address: number, words: number): Region => ({
  name,
  shape: [words, LANES],
  address,
  channels: 1,
  rows: words,
  width: LANES,
  channelStep: words,
  rowStep: 1,
  strides: [words * LANES, LANES, 1],
  lo: -(2 ** 29),
  hi: 2 ** 29,
  scale: 1,
});

/** maximal runs of neighbouring addresses */
function runs(addresses: number[]): number[][] {
  const out: number[][] = [];
  for (const a of addresses) {
    if (out.length && out.at(-1)!.at(-1)! === a - 1) out.at(-1)!.push(a);
    else out.push([a]);
  }
  return out;
}

const sorted = new WeakMap<number[][], Int32Array>();

/** intervals in ascending order; a hundred thousand of them are sorted once, for all programs that name them */
function intervalsOf(entries: number[][]): Int32Array {
  const intervals = sorted.get(entries) ?? Int32Array.from([...entries].sort((x, y) => x[0]! * x[1]! - y[0]! * y[1]!).flat());
  sorted.set(entries, intervals);
  return intervals.slice(); // the caller's own
}

/** a program whose inputs and outputs are whole words */
export function wordProgram(parts: {
  name: string;
  rom: ArrayLike<number>[];
  codeWords: number;
  slots: Record<string, number[][]>;
  inputs?: [number, number[]][];
  outputs?: number[];
  ramLogSize?: number;
}): { program: Program; inputs: IntegerTensors } {
  const written = new Map(parts.inputs ?? []);
  const inputRuns = runs([...written.keys()]);
  const rom = new Uint32Array(parts.rom.length * LANES);
  parts.rom.forEach((w, i) => {
    rom.set(Array.from(w, toField), i * LANES);
  });
  const program: Program = {
    rom,
    codeWords: parts.codeWords,
    slots: Object.entries(parts.slots).map(([id, entries]) => ({
      id: Number(id),
      name: `slot ${id}`,
      intervals: intervalsOf(entries),
    })),
    ramLogSize: parts.ramLogSize ?? 9,
    inputs: inputRuns.map((run, i) => wordRegion(`x${i}`, run[0]!, run.length)),
    outputs: runs(parts.outputs ?? []).map((run, i) => wordRegion(`y${i}`, run[0]!, run.length)),
    metadata: { name: parts.name, labels: [] },
    sourceMap: [],
  };
  const inputs = Object.fromEntries(inputRuns.map((run, i) => [`x${i}`, Int32Array.from(run.flatMap((a) => written.get(a)!))]));
  return { program, inputs };
}

/** doubles the lanes of one word: the smallest program that uses every chip, for tests that prove again and again */
export function twice(): { program: Program; inputs: IntegerTensors } {
  return wordProgram({
    name: 'twice',
    rom: [
      instruction('MAC', { a: R, b: 3, c: R + 1 }),
      instruction('STORE', { a: 4, b: 9, c: R + 1 }),
      instruction('HLT'),
      word([2]),
      ones(LANES),
    ],
    codeWords: 3,
    slots: { 9: range(64).map((i) => [1, i - 32, i - 32]) },
    inputs: [[R, range(LANES).map((t) => t - 8)]],
    outputs: [R + 1],
    ramLogSize: 2,
  });
}

/** program memory: code below 256, then data */
class Memory {
  readonly words: ArrayLike<number>[] = [];
  end = 256;
  codeWords = 0;
  put(words: number[][]): number {
    const at = this.end;
    for (const w of words) this.words[this.end++] = w;
    return at;
  }
  code(list: Uint32Array[]): ArrayLike<number>[] {
    this.codeWords = list.length;
    list.forEach((w, i) => {
      this.words[i] = w;
    });
    return Array.from(this.words, (w) => w ?? word([]));
  }
}

const MAC = (o: Operands<'MAC'>, ...flags: FlagOf<'MAC'>[]): Uint32Array => instruction('MAC', o, ...flags);
const MUL = (o: Operands<'MUL'>, ...flags: FlagOf<'MUL'>[]): Uint32Array => instruction('MUL', o, ...flags);
const STORE = (
  { mask = 0, slot = 0, ...o }: Operands<'STORE'> & { mask?: number; slot?: number },
  ...flags: FlagOf<'STORE'>[]
): Uint32Array => instruction('STORE', { a: mask, b: slot, ...o }, ...flags);
const HLT = instruction('HLT');

/** words of one tap: outputs o -> v[o], highest block first */
const tap = (v: number[]): number[][] =>
  range(ceil(v.length, LANES))
    .reverse()
    .map((b) => word(v.slice(b * LANES, b * LANES + LANES)));
/** u = 8 fine intervals for |C| < 8·fine, coarse saturating intervals on both sides */
const requantise = (fine: number, relu: boolean, coarse = 1024): number[][] => [
  ...range(2 * fine).map((i) => [8, i - fine, relu ? Math.max(0, i - fine) : i - fine]),
  ...range(40).map((i) => [coarse, i + (fine * 8) / coarse, fine - 1]),
  ...range(40).map((i) => [coarse, -1 - i - (fine * 8) / coarse, relu ? 0 : -fine]),
];
const FINE = 128;
const RELU = 70000;
const LINEAR = 70001;
const IDENTITY = 70002;
const SLOTS: Record<string, number[][]> = {
  [RELU]: requantise(FINE, true),
  [LINEAR]: requantise(FINE, false),
  [IDENTITY]: range(1024).map((i) => [1, i - 512, i - 512]),
};
const eighth = (c: number, relu: boolean): number => {
  const v = Math.max(-FINE, Math.min(FINE - 1, Math.floor(c / 8)));
  return relu ? Math.max(0, v) : v;
};
/** a tensor [channel][row][x] in words; after each channel's rows of `nw` words follow `below` zero rows */
const pack = (x: number[][][], nw: number, below = 0): number[][] =>
  x.flatMap((channel) => [
    ...channel.flatMap((row) => range(nw).map((j) => word(row.slice(j * LANES, j * LANES + LANES)))),
    ...range(below * nw).map(() => word([])),
  ]);
const at = (base: number, words: number[][]): [number, number[]][] => words.map((w, i) => [base + i, w]);

const example = (
  name: string,
  m: Memory,
  code: Uint32Array[],
  inputs: [number, number[]][],
  outputs: number[],
  expect: Expected[],
): Example => {
  const rom = m.code(code);
  return { name, ...wordProgram({ name, rom, codeWords: m.codeWords, slots: SLOTS, inputs, outputs }), expect };
};

/** two layers with bias and relu, `samples` in the lanes */
export function mlp(samples: number): Example {
  const random = integers(7 + samples);
  const [I, H, O] = [20, 18, 10];
  const m = new Memory();
  const matrix = (rows: number, columns: number, n: number): number[][] => range(rows).map(() => range(columns).map(() => random(n)));
  const [x, w1, w2] = [matrix(I, samples, 100), matrix(I, H, 12), matrix(H, O, 12)];
  const b1 = range(H).map(() => random(60));
  const b2 = range(O).map(() => random(60));
  const one = m.put([ones(samples)]);
  const W1 = m.put([...w1.flatMap(tap), ...tap(b1)]);
  const W2 = m.put([...w2.flatMap(tap), ...tap(b2)]);
  const [X, Y1, Y2] = [R, R + 64, R + 100];
  const code = [
    MAC({ n: I, a: X, as: 1, b: W1, bs: 2, c: Y1 + H - 1, ob: 2 }),
    MAC({ a: one, b: W1 + 2 * I, c: Y1 + H - 1, ob: 2 }),
    STORE({ mask: one, slot: RELU, c: Y1 + H - 1, O: H, cj: -1 }),
    MAC({ n: H, a: Y1, as: 1, b: W2, bs: 1, c: Y2 + O - 1 }),
    MAC({ a: one, b: W2 + H, c: Y2 + O - 1 }),
    STORE({ mask: one, slot: LINEAR, c: Y2 + O - 1, O, cj: -1 }),
    HLT,
  ];
  const dense = (v: number[][], w: number[][], b: number[], o: number, t: number): number =>
    v.reduce((sum, row, i) => sum + row[t]! * w[i]![o]!, b[o]!);
  const hidden = range(H).map((o) => range(samples).map((t) => eighth(dense(x, w1, b1, o, t), true)));
  const expect = range(O).flatMap((o) => range(samples).map((t): Expected => [Y2 + o, t, eighth(dense(hidden, w2, b2, o, t), false)]));
  const words = x.map((row) => word(row));
  const outputs = range(O).map((o) => Y2 + o);
  return example(`mlp, ${samples} samples`, m, code, at(X, words), outputs, expect);
}

type Image = number[][][];
const image = (random: (n: number) => number, C: number, h: number, w: number): Image =>
  range(C).map(() => range(h).map(() => range(w).map(() => random(30))));
const weights = (random: (n: number) => number, O: number, C: number, k: number): number[][][][] =>
  range(O).map(() => range(C).map(() => range(k).map(() => range(k).map(() => random(9)))));
function conv2(x: Image, wt: number[][][][], o: number, y: number, xx: number, k: number, pad: number, stride = 1): number {
  let s = 0;
  for (let c = 0; c < x.length; c++)
    for (let dy = 0; dy < k; dy++)
      for (let dx = 0; dx < k; dx++) s += (x[c]![stride * y + dy - pad]?.[stride * xx + dx - pad] ?? 0) * wt[o]![c]![dy]![dx]!;
  return s;
}
/** stride-1 taps for one dy: per channel k taps of all outputs */
const taps = (wt: number[][][][], dy: number, k: number): number[][] =>
  range(wt[0]!.length).flatMap((c) => range(k).flatMap((dx) => tap(wt.map((o) => o[c]![dy]![dx]!))));
/** MACs of a 'same' convolution: dy < pad reads fewer rows from the top (rows above are implicit zeros), dy > pad ends in the channel's zero rows */
function convMacs(
  m: Memory,
  o: { X: number; wt: number[][][][]; k: number; pad: number; h: number; nw: number; below: number; c: number; gap?: boolean },
): Uint32Array[] {
  const { X, wt, k, pad, h, nw, below, c, gap } = o;
  const C = wt[0]!.length;
  const ob = ceil(wt.length, LANES);
  return range(k).map((dy) => {
    const skip = Math.max(0, pad - dy);
    const a = X + Math.max(0, dy - pad) * nw;
    const shape = gap ? { nw, h: h - skip, ra: 1 } : { nw: nw * (h - skip), h: 1, ra: 0 };
    const b = m.put(taps(wt, dy, k));
    return MAC({ n: C, a, as: (h + below) * nw, b, bs: k * ob, c, ...shape, ob, taps: k, pad }, ...(gap ? (['Z'] as const) : []));
  });
}

/** 3×3 pad 1 + bias + relu, then 3×3 + residual + relu */
export function conv(): Example {
  const random = integers(11);
  const [C, h, w, nw] = [3, 5, 20, 2];
  const m = new Memory();
  const x = image(random, C, h, w);
  const [wa, wb] = [weights(random, C, C, 3), weights(random, C, C, 3)];
  const bias = range(C).map(() => random(60));
  const chan = (h + 1) * nw;
  const one = m.put([ones(16), ones(w - 16)]);
  const Wb = m.put(tap(bias));
  const Wr = m.put(range(C).flatMap((c) => tap(range(C).map((o) => (o === c ? 8 : 0)))));
  const [X, Y, V] = [R, R + 64, R + 128];
  const top = (base: number): number => base + (C - 1) * chan;
  const cj = 1 - h * nw - chan;
  const code = [
    ...range(C).map((c) => instruction('SET', { n: nw, c: Y + c * chan + h * nw, cs: 1 })), // zero rows below each channel of Y
    ...convMacs(m, { X, wt: wa, k: 3, pad: 1, h, nw, below: 1, c: top(Y) }),
    MAC({ a: one, b: Wb, c: top(Y), nw, h, ra: -(nw - 1) }),
    STORE({ mask: one, slot: RELU, c: top(Y), rw: nw, h, O: C, rj: 1, cj }, 'LEAD'),
    ...convMacs(m, { X: Y, wt: wb, k: 3, pad: 1, h, nw, below: 1, c: top(V) }),
    MAC({ n: C, a: X, as: chan, b: Wr, bs: 1, c: top(V), nw: nw * h }),
    STORE({ mask: one, slot: RELU, c: top(V), rw: nw, h, O: C, rj: 1, cj }, 'LEAD'),
    HLT,
  ];
  const each = (f: (o: number, i: number, j: number) => number): Image =>
    range(C).map((o) => range(h).map((i) => range(w).map((j) => f(o, i, j))));
  const y = each((o, i, j) => eighth(conv2(x, wa, o, i, j, 3, 1) + bias[o]!, true));
  const v = each((o, i, j) => eighth(conv2(y, wb, o, i, j, 3, 1) + 8 * x[o]![i]![j]!, true));
  const outputs = range(C).flatMap((o) => range(h * nw).map((i) => V + o * chan + i));
  const expect = range(C).flatMap((o) =>
    range(h).flatMap((i) => range(w).map((j): Expected => [V + o * chan + i * nw + (j >> 4), j % 16, v[o]![i]![j]!])),
  );
  return example('conv 3x3 + bias + relu, conv + residual', m, code, at(X, pack(x, nw, 1)), outputs, expect);
}

/** 3×3 conv stored by LEAD and SPLIT as [even words | odd words], then 3×3 stride 2 pad 1 on the halves */
export function strided(): Example {
  const random = integers(13);
  const [C, O, h, w, nw, ho, wo] = [2, 3, 6, 20, 2, 3, 10];
  const m = new Memory();
  const x = image(random, C, h, w);
  const [wa, wb] = [weights(random, C, C, 3), weights(random, O, C, 3)];
  const chan = (h + 1) * nw;
  const even = m.put([ones(10), ones(10)]);
  const valid = m.put([ones(wo)]);
  const [X, Y, V] = [R, R + 64, R + 128];
  const c = Y + (C - 1) * chan;
  const cv = V + (O - 1) * ho;
  // output row y reads rows 2y-1, 2y, 2y+1: dy = 0 skips output row 0; even pixels: tap dx = 1; odd pixels: taps dx = 0 (x-1) and 2 (x)
  const part = (dy: number, odd: number): Uint32Array => {
    const skip = dy === 0 ? 1 : 0;
    const first = dy === 0 ? 1 : dy - 1;
    const dxs = odd ? [0, 2] : [1];
    const b = m.put(range(C).flatMap((ch) => dxs.flatMap((dx) => tap(wb.map((o) => o[ch]![dy]![dx]!)))));
    return MAC({
      n: C,
      a: Y + first * nw + odd,
      as: chan,
      b,
      bs: dxs.length,
      c: cv,
      nw: 1,
      h: ho - skip,
      ra: 2 * nw,
      taps: dxs.length,
      pad: odd,
    });
  };
  const code = [
    ...convMacs(m, { X, wt: wa, k: 3, pad: 1, h, nw, below: 1, c }),
    STORE({ mask: even, slot: LINEAR, c, rw: nw, h, O: C, rj: 2, cj: -(h - 1) * nw - chan, split: 1 }, 'LEAD', 'SPLIT'),
    ...range(3).flatMap((dy) => [part(dy, 0), part(dy, 1)]),
    STORE({ mask: valid, slot: LINEAR, c: cv, rw: 1, h: ho, O, rj: 1, cj: 1 - 2 * ho }, 'LEAD'),
    HLT,
  ];
  const y = range(C).map((o) => range(h).map((i) => range(w).map((j) => eighth(conv2(x, wa, o, i, j, 3, 1), false))));
  const outputs = range(O * ho).map((i) => V + i);
  const expect = range(O).flatMap((o) =>
    range(ho).flatMap((i) => range(wo).map((j): Expected => [V + o * ho + i, j, eighth(conv2(y, wb, o, i, j, 3, 1, 2), false)])),
  );
  return example('conv LEAD+SPLIT, conv 3x3 stride 2', m, code, at(X, pack(x, nw, 1)), outputs, expect);
}

/** fully connected after an image: each row word is a convolution with 12 taps, the answer is lane 0 (LEAD covers positions -15…-1) */
export function fullyConnected(): Example {
  const random = integers(17);
  const [C, h, w, O] = [2, 3, 12, 20];
  const m = new Memory();
  const x = image(random, C, h, w);
  const wt = range(O).map(() => range(C * h * w).map(() => random(9)));
  const lane0 = m.put([ones(1)]);
  const b = m.put(range(C * h).flatMap((r) => range(w).flatMap((t) => tap(wt.map((o) => o[r * w + t]!)))));
  const [X, Y] = [R, R + 64];
  const c = Y + O - 1;
  const code = [
    MAC({ n: C * h, a: X, as: 1, b, bs: 2 * w, c, ob: 2, taps: w }),
    STORE({ mask: lane0, slot: LINEAR, c, O, cj: -1 }, 'LEAD'),
    HLT,
  ];
  const flat = x.flat(2);
  const expect = range(O).flatMap((o): Expected[] => [
    [
      Y + o,
      0,
      eighth(
        flat.reduce((s, v, i) => s + v * wt[o]![i]!, 0),
        false,
      ),
    ],
    [Y + o, 1, 0],
  ]);
  const outputs = range(O).map((o) => Y + o);
  return example('fully connected after an image', m, code, at(X, pack(x, 1)), outputs, expect);
}

/** squares through MUL, their sum over channels, and a Hadamard product of two pitches (ra ≠ rb) */
export function squareSum(): Example {
  const random = integers(19);
  const [C, h, w] = [3, 2, 20];
  const m = new Memory();
  const plane = (): number[][] => range(h).map(() => range(w).map(() => random(12)));
  const x = range(C).map(plane);
  const y = plane();
  const valid = m.put([ones(16), ones(4)]);
  const [X, Y, V, V2] = [R, R + 64, R + 128, R + 140];
  const code = [
    MUL({ n: C, a: X, as: 4, b: X, bs: 4, c: V, nw: 2, h, ra: 1, rb: 1 }),
    STORE({ mask: valid, slot: IDENTITY, c: V, rw: 2, h, rj: 1 }),
    MUL({ a: X, b: Y, c: V2, nw: 2, h, ra: 1, rb: 2 }), // Y has a pitch of 3 words
    STORE({ mask: valid, slot: IDENTITY, c: V2, rw: 2, h, rj: 3 }),
    HLT,
  ];
  const outputs = [...range(4).map((i) => V + i), V2, V2 + 1, V2 + 4, V2 + 5];
  const expect = range(h).flatMap((i) =>
    range(w).flatMap((j): Expected[] => [
      [V + 2 * i + (j >> 4), j % 16, x.reduce((s, c) => s + c[i]![j]! ** 2, 0)],
      [V2 + 4 * i + (j >> 4), j % 16, x[0]![i]![j]! * y[i]![j]!],
    ]),
  );
  return example('MUL: sum of squares, Hadamard', m, code, [...at(X, pack(x, 2)), ...at(Y, pack([y], 3))], outputs, expect);
}

/** three products of single words, a row of mac each */
export function oneRowMuls(): Example {
  const random = integers(23);
  const words = range(4).map(() => range(LANES).map(() => random(12)));
  const m = new Memory();
  const valid = m.put([ones(16)]);
  const [X, Y] = [R, R + 64];
  const code = [
    ...range(3).flatMap((i) => [
      MUL({ a: X + i, b: X + i + 1, c: Y + i, nw: 1, h: 1, ra: 1, rb: 1 }),
      STORE({ mask: valid, slot: IDENTITY, c: Y + i, rw: 1, h: 1 }),
    ]),
    HLT,
  ];
  const expect = range(3).flatMap((i) => range(LANES).map((t): Expected => [Y + i, t, words[i]![t]! * words[i + 1]![t]!]));
  return example(
    'one-row products',
    m,
    code,
    at(X, words),
    range(3).map((i) => Y + i),
    expect,
  );
}

/** transposed convolution by two in x (4 taps) with X2, then nearest upsampling in x and y by two STOREs with a row jump */
export function upsample(w: number): Example {
  const random = integers(23 + w);
  const h = 3;
  const nw = ceil(w, 16);
  const rw = 2 * nw;
  const m = new Memory();
  const x = [range(h).map(() => range(w).map(() => random(12)))];
  const kernel = range(4).map(() => random(5));
  const valid = m.put(range(rw).map((j) => ones(2 * w - 16 * j)));
  const Wk = m.put(kernel.map((v) => word([v])));
  const W2 = m.put([word([1]), word([1])]);
  const [X, V, U] = [R, R + 64, R + 128];
  const code = [
    MAC({ a: X, b: Wk, c: V, nw, h, ra: 1, taps: 4, pad: 1 }, 'X2'),
    STORE({ mask: valid, slot: IDENTITY, c: V, rw, h, rj: 1 }, 'LEAD'),
    ...range(2).flatMap((k) => [
      MAC({ a: X, b: W2, c: U + rw * k, nw: nw * h, taps: 2 }, 'X2'),
      STORE({ mask: valid, slot: IDENTITY, c: U + rw * k, rw, h, rj: rw + 1 }, 'LEAD'),
    ]),
    HLT,
  ];
  // input i lands on output 2i + 1 - t + pad with weight kernel[t]
  const wide = range(h).map((i) =>
    range(2 * w).map((j) =>
      range(4).reduce((s, t) => {
        const twice = j - 2 + t;
        return s + (twice % 2 === 0 ? (x[0]![i]![twice / 2] ?? 0) * kernel[t]! : 0);
      }, 0),
    ),
  );
  const outputs = [...range(rw * h).map((i) => V + i), ...range(2 * rw * h).map((i) => U + i)];
  const expect = range(2 * w).flatMap((j) => [
    ...range(h).map((i): Expected => [V + rw * i + (j >> 4), j % 16, wide[i]![j]!]),
    ...range(2 * h).map((i): Expected => [U + rw * i + (j >> 4), j % 16, x[0]![i >> 1]![j >> 1]!]),
  ]);
  return example(`X2: transposed conv, upsample, width ${w}`, m, code, at(X, pack(x, nw)), outputs, expect);
}

/** input rows are full (width = pitch): Z gives every row 16 zero lanes, so the 3×3 convolution does not wrap */
export function pitchGrowth(w: number): Example {
  const random = integers(29 + w);
  const [C, O, h] = [2, 2, 4];
  const nw = w / 16;
  const rw = nw + 1;
  const m = new Memory();
  const x = image(random, C, h, w);
  const wt = weights(random, O, C, 3);
  const valid = m.put([...range(nw).map(() => ones(16)), ones(0)]);
  const [X, V] = [R, R + 64];
  const c = V + (O - 1) * h * rw;
  const code = [
    ...convMacs(m, { X, wt, k: 3, pad: 1, h, nw, below: 1, c, gap: true }),
    STORE({ mask: valid, slot: LINEAR, c, rw, h, O, rj: 1, cj: 1 - 2 * h * rw }, 'LEAD'),
    HLT,
  ];
  const expect = range(O).flatMap((o) =>
    range(h).flatMap((i) =>
      range(w).map((j): Expected => [V + (o * h + i) * rw + (j >> 4), j % 16, eighth(conv2(x, wt, o, i, j, 3, 1), false)]),
    ),
  );
  const outputs = range(O * h * rw).map((i) => V + i);
  return example(`Z: rows of ${w} without zero lanes`, m, code, at(X, pack(x, nw, 1)), outputs, expect);
}

/** a loop (JNZ) around a subroutine whose MAC and STORE address their own frame and the previous one: state <- relu(M state / 8) */
export function loop(): Example {
  const random = integers(31);
  const [D, samples] = [3, 4];
  const m = new Memory();
  const x = range(D).map(() => range(samples).map(() => random(60)));
  const wt = range(D).map(() => range(D).map(() => random(9)));
  const one = m.put([ones(samples)]);
  const b = m.put(range(D).flatMap((i) => tap(wt[i]!)));
  // frames of 8 words: [saved fp, return pc | fp+0…2 state, fp+3 counter, fp+4 scratch]; the input stands where frame 0's state would be
  const code = [
    instruction('SET', { c: R + 5, value: 3 }),
    instruction('SET', { c: R + 6, value: R + 8 }),
    instruction('AP', { a: R + 6 }),
    instruction('CAL', { a: 0, b: 8, c: 1, frame: 8 }, 'xA', 'xC', 'im'),
    instruction('JNZ', { a: -3, b: 3 }, 'xA', 'im'), // until the counter is 0
    instruction('JMP', { b: 13 }, 'im'),
    HLT,
    HLT,
    instruction('ADD', { a: -5, b: -1, c: 3 }, 'rA', 'rC', 'im'), // counter = previous frame's counter - 1
    MAC({ n: D, a: -8, as: 1, b, bs: 1, c: 2 }, 'rA', 'rC'),
    STORE({ mask: one, slot: RELU, c: 2, O: D, cj: -1 }, 'rC'),
    instruction('MLS', { a: 3, b: 3, c: 4 }, 'rA', 'rB', 'rC'),
    instruction('RET', { a: -2, b: -1 }, 'rA', 'rB'),
    HLT,
  ];
  let state = x;
  for (let i = 0; i < 3; i++) {
    const before = state;
    state = range(D).map((o) =>
      range(samples).map((t) =>
        eighth(
          range(D).reduce((s, j) => s + before[j]![t]! * wt[j]![o]!, 0),
          true,
        ),
      ),
    );
  }
  const Y = R + 26;
  const expect = range(D).flatMap((o) => range(samples).map((t): Expected => [Y + o, t, state[o]![t]!]));
  const outputs = range(D).map((o) => Y + o);
  const words = x.map((row) => word(row));
  return example('loop, call and return, frame-relative MAC and STORE', m, code, at(R + 2, words), outputs, expect);
}

/** attention without the softmax table: activations as B (word-reversed), exchanged roles for V, a broadcast MUL row per channel */
function attention(): Example {
  const random = integers(37);
  const [T, C, D] = [20, 4, 3];
  const m = new Memory();
  const x = range(C).map(() => range(T).map(() => random(20)));
  const [wq, wk, wv] = range(3).map(() => range(C).map(() => range(D).map(() => random(9)))) as [number[][], number[][], number[][]];
  const row = range(T).map(() => random(9));
  const full = m.put([ones(16)]);
  const valid = m.put([ones(16), ones(T - 16)]);
  const lanesD = m.put([ones(D)]);
  const [Wq, Wk, Wv] = [wq, wk, wv].map((w) => m.put(w.flatMap(tap))) as [number, number, number];
  const [X, B, Q, K, S, V, Y, U] = [R, R + 8, R + 16, R + 24, R + 32, R + 80, R + 104, R + 112]; // X and K: two words in reversed order
  const asA = { a: X + 1, as: 2, nw: 1, h: 2, ra: -1 };
  const code = [
    MAC({ n: C, ...asA, b: Wq, bs: 1, c: Q + 2 * (D - 1) }),
    STORE({ mask: valid, slot: LINEAR, c: Q + 2 * (D - 1), rw: 2, O: D, cj: -3 }),
    MAC({ n: C, ...asA, b: Wk, bs: 1, c: K + 2 * D - 1 }),
    STORE({ mask: full, slot: LINEAR, c: K + 2 * D - 1, rw: 1, h: 2, O: D, rj: -1, cj: -1 }),
    MAC({ n: D, a: Q, as: 2, nw: 2, b: K, bs: 2, ob: 2, c: S + 2 * (T - 1) }),
    STORE({ mask: valid, slot: LINEAR, c: S + 2 * (T - 1), rw: 2, O: T, cj: -3 }),
    MAC({ n: C, a: Wv, as: 1, b: X, bs: 2, ob: 2, c: V + T - 1 }),
    STORE({ mask: lanesD, slot: LINEAR, c: V + T - 1, O: T, cj: -1 }),
    MAC({ n: T, a: S, as: 2, nw: 2, b: V, bs: 1, c: Y + 2 * (D - 1) }),
    STORE({ mask: valid, slot: LINEAR, c: Y + 2 * (D - 1), rw: 2, O: D, cj: -3 }),
    MUL({ n: D, a: Y, as: 2, b: B, bs: 0, c: U, cs: 2, nw: 2 }),
    STORE({ n: D, mask: valid, slot: LINEAR, c: U, cs: 2, rw: 2 }),
    HLT,
  ];
  const project = (w: number[][]): number[][] =>
    range(D).map((d) =>
      range(T).map((t) =>
        eighth(
          x.reduce((s, channel, i) => s + channel[t]! * w[i]![d]!, 0),
          false,
        ),
      ),
    );
  const [q, k, v] = [project(wq), project(wk), project(wv)];
  const scores = range(T).map((j) =>
    range(T).map((t) =>
      eighth(
        range(D).reduce((s, d) => s + q[d]![t]! * k[d]![j]!, 0),
        false,
      ),
    ),
  );
  const y = range(D).map((d) =>
    range(T).map((t) =>
      eighth(
        range(T).reduce((s, j) => s + scores[j]![t]! * v[d]![j]!, 0),
        false,
      ),
    ),
  );
  const reversed = (ws: number[][]): number[][] => range(ws.length / 2).flatMap((i) => [ws[2 * i + 1]!, ws[2 * i]!]);
  const inputs = [
    ...at(
      X,
      reversed(
        pack(
          x.map((channel) => [channel]),
          2,
        ),
      ),
    ),
    ...at(B, pack([[row]], 2)),
  ];
  const expect = range(D).flatMap((d) => range(T).map((t): Expected => [U + 2 * d + (t >> 4), t % 16, eighth(y[d]![t]! * row[t]!, false)]));
  return example(
    'attention operands',
    m,
    code,
    inputs,
    range(2 * D).map((i) => U + i),
    expect,
  );
}

/** the thirteen programs: every instruction, variant and mode runs in one of them */
export const EXAMPLES: (() => Example)[] = [
  () => mlp(1),
  () => mlp(16),
  () => mlp(5),
  conv,
  strided,
  fullyConnected,
  squareSum,
  () => upsample(26),
  () => upsample(11),
  () => pitchGrowth(16),
  () => pitchGrowth(32),
  loop,
  attention,
];

/** signed value of a lane in a run's memory */
export const laneOf = (ram: Uint32Array, address: number, lane: number): number => {
  const cell = ram[(address - RAM_BASE) * LANES + lane]!;
  return cell > P / 2 ? cell - P : cell;
};
