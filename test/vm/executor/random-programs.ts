// Random programs of products and stores, for whoever holds two ways of looking at a run against each other. Caveat: some of them have no run: a wrong
// shape, an unwritten word, a sum that overflows; that is on purpose.
import { instruction } from '../../../vm/program/assembler.ts';
import { ACCUMULATOR_BOUND, LANES, RAM_BASE } from '../../../vm/program/isa.ts';
import type { IntegerTensors, Program } from '../../../vm/program/types.ts';
import { wordProgram } from '../programs.ts';

/** the slot that most stores look up in */
export const SLOT = 3;
/** the fine intervals only */
const NARROW_SLOT = 4;
const CODE_WORDS = 24;
const COARSE = 2 ** 16;
/** fine intervals around 0, of an odd divisor above it, coarse ones out to the bound, and nothing beyond */
const FINE: number[][] = [];
for (let q = -COARSE / 2 ** 10; q < COARSE / 2 ** 10; q++) if (q < 0 || q > 2) FINE.push([2 ** 10, q, q]);
for (let q = 0; q < 2 ** 10; q++) FINE.push([3, q, -q]);
export const INTERVALS = [...FINE];
for (let q = -ACCUMULATOR_BOUND / COARSE + 1; q < ACCUMULATOR_BOUND / COARSE - 1; q++)
  if (q < -1 || q > 0) INTERVALS.push([COARSE, q, q < 0 ? -500 : 500]);

function generator(seed: number): {
  below(n: number): number;
  signed(n: number): number;
  chance(p: number): boolean;
  pick<T>(xs: readonly T[]): T;
} {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  const below = (n: number): number => next() % n;
  return { below, signed: (n) => below(2 * n + 1) - n, chance: (p) => next() < p * 2 ** 32, pick: (xs) => xs[below(xs.length)]! };
}

/**
 * A program of random MACs and MULs into one or several accumulators, each drained by a STORE of a fitting shape; now and then a wrong
 * shape, an unwritten word, numbers of more than 16 bits, or numbers that overflow.
 */
export function randomProgram(seed: number): { program: Program; inputs: IntegerTensors } {
  const { below, signed, chance, pick } = generator(seed);
  const size = pick([1, 3, 100, 100, 1000, 2 ** 15 - 1, 2 ** 15, 2 ** 20, 2 ** 29]);
  const density = pick([1, 1, 0.5, 0.05, 0]);
  const bad = chance(0.3);
  const value = (limit: number): number => (chance(density) ? (chance(0.02) ? pick([limit, -limit]) : signed(limit)) : 0);
  const rom: number[][] = Array.from({ length: CODE_WORDS }, () => Array(LANES).fill(0));
  const put = (words: number[][]): number => rom.push(...words) - words.length;
  const inputs: [number, number[]][] = [];
  let ram = RAM_BASE;
  const code: Uint32Array[] = [];
  const weightSize = size > 2 ** 15 ? pick([1, 100]) : pick([1, 100, 2 ** 15 - 1, 2 ** 15]);
  const ones = put([Array(LANES).fill(1)]);

  for (let drain = 1 + below(2); drain > 0; drain--) {
    const [words, rows, blocks] = [1 + below(3), 1 + below(3), 1 + below(3)];
    const channels = 16 * (blocks - 1) + 1 + below(16);
    const outputs = ram;
    const stored = channels * words * rows;
    ram += stored;
    const split = words === 2 && chance(0.3);
    const top = split ? outputs + (channels - 1) * words * rows : outputs + (channels - 1) * words * rows;
    let lead = false;
    for (let macs = 1 + below(3); macs > 0; macs--) {
      const skip = below(rows);
      const h = rows - skip;
      const variant = chance(0.2) && words > 1 ? 'Z' : chance(0.2) && words === 2 ? 'X2' : '';
      const nw = variant ? words - 1 : words;
      const taps = 1 + below(5);
      const pad = bad && chance(0.2) ? below(8) : below(taps);
      if (taps - 1 > pad) lead = true;
      const n = pick([1, 1, 2, 3, 5, 8, 33]);
      const gap = below(2);
      const step = h * nw + (h - 1) * gap + below(2);
      const image = Array.from({ length: n * step }, () => Array.from({ length: LANES }, () => value(size)));
      const zeros = variant === 'X2' ? Math.ceil(pad / 2) : variant ? 0 : pad;
      if (!bad || chance(0.8)) for (let c = 0; c < n; c++) image[c * step + h * nw + (h - 1) * gap - 1]!.fill(0, LANES - zeros);
      let a = 0;
      if (chance(0.5)) a = put(image);
      else {
        a = ram;
        image.forEach((word, i) => {
          const inside = word.map((x) => Math.max(-(2 ** 29), Math.min(2 ** 29, x)));
          if (!bad || chance(0.97)) inputs.push([a + i, inside]);
        });
        ram += image.length;
      }
      const b = put(
        Array.from({ length: n * taps * blocks }, (_, i) =>
          Array.from({ length: LANES }, (_, lane) =>
            ((i % blocks) + 1 === 1 ? lane < channels - 16 * (blocks - 1) : true) ? value(weightSize) : 0,
          ),
        ),
      );
      const operands = { n, a, as: step, b, bs: taps * blocks, c: top, nw, h, ra: 1 + gap, ob: blocks, taps, pad };
      code.push(
        instruction('MAC', bad && chance(0.1) ? { ...operands, ob: blocks + 1 } : operands, ...(variant ? ([variant] as const) : [])),
      );
    }
    if (chance(0.2)) {
      const x = put(Array.from({ length: words * rows }, () => Array.from({ length: LANES }, () => value(Math.min(size, 1000)))));
      code.push(instruction('MUL', { a: x, b: x, c: top, nw: words, h: rows, ra: 1, rb: 1 }));
    }
    const jumps = split ? { rj: 2, cj: -words * rows - (rows - 1) * 2, split: 1 } : { rj: 1, cj: 1 - 2 * words * rows };
    const mask = put(Array.from({ length: words }, () => Array.from({ length: LANES }, () => (chance(0.9) ? 1 : 0))));
    const store = { a: mask, b: bad && chance(0.2) ? NARROW_SLOT : SLOT, c: top, rw: words, h: rows, O: channels, ...jumps };
    code.push(
      instruction('STORE', store, ...(lead && !(bad && chance(0.3)) ? (['LEAD'] as const) : []), ...(split ? (['SPLIT'] as const) : [])),
    );
  }
  // a second accumulator for each repeat, drained one by one
  const [first, count] = [ram, 1 + below(3)];
  ram += count;
  const b = put(Array.from({ length: count }, () => [value(100), ...Array(15).fill(0)]));
  code.push(instruction('MAC', { n: count, a: ones, b, bs: 1, c: first, cs: 1 }));
  code.push(instruction('STORE', { n: count, a: ones, b: SLOT, c: first, cs: 1 }));
  code.push(instruction('HLT'));
  code.forEach((word, i) => {
    rom[i] = [...word];
  });
  return wordProgram({
    name: 'random',
    rom,
    codeWords: code.length,
    slots: { [SLOT]: INTERVALS, [NARROW_SLOT]: FINE },
    inputs,
    outputs: [first],
    ramLogSize: Math.ceil(Math.log2(ram - RAM_BASE + 1)),
  });
}
