// The outside vectors: written by an executable model of PCS.md, which is not in the repository, and recomputed by an independent Python program (hashlib, big integers,
// direct sums instead of FFTs). Caveat: they cover the building blocks, not the whole proof of this project's own AIR.
import { readFileSync } from 'node:fs';
import type { QM31 } from '../../fri/core/qm31.ts';

interface Vectors {
  field: {
    p: number;
    m31: { a: number; b: number; product: number; inverseOfA: number }[];
    qm31: { x: QM31; y: QM31; product: QM31; inverseOfX: QM31 }[];
  };
  circle: {
    generator: [number, number];
    g3: [number, number];
    domains: { logSize: number; index: number[]; points: [number, number][] }[];
    rowPosition: { logSize: number; positions: number[] };
    line: { logSize: number; x: number[] };
    lift: { from: number; to: number; index: number[] }[];
  };
  fft: { logSize: number; values: number[]; coefficients: number[]; extendedTo: number; extension: number[]; twiddles: number[][] }[];
  point: {
    t: QM31;
    z: [QM31, QM31];
    zMinusG7: [QM31, QM31];
    zPlusT5of7: [QM31, QM31];
    vanishing7: QM31;
    columnOfLogSize5LiftedTo7AtZ: QM31;
  };
  hash: { standardOfWords0to19: string; leafOfWords0to19: string; leafOfPMinus1: string; nodeOfTheTwo: string; emptyLeaf: string };
  channel: {
    absorb?: [number, number[]];
    digest?: string;
    drawFelt?: QM31;
    grindBits?: number;
    smallestNonce?: [number, number];
    drawPositions?: [number, number];
    positions?: number[];
  }[];
  fold: {
    values: QM31[];
    alpha: QM31;
    circle: { domainLogSize: number; start: number; result: QM31 };
    line: { domainLogSize: number; start: number; result: QM31 };
    lineByTwo: { domainLogSize: number; start: number; result: QM31 };
  };
  deep: {
    t: QM31;
    delta: QM31;
    samples: QM31[];
    opened: number[];
    position: number;
    point: [number, number];
    batches: { m: QM31; A: QM31; B: QM31; powers: QM31[] }[];
    value: QM31;
  };
}

export const vectors: Vectors = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8'));

/** words as the vectors write them: eight hexadecimal digits each, word 0 first */
export const wordsToText = (words: ArrayLike<number>): string => Array.from(words, (word) => word.toString(16).padStart(8, '0')).join(' ');
