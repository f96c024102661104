// Samples drawn at random for a model that came without any: the same ones each time, so that the same file gives the same model id. Source:
// mulberry32 by Tommy Ettinger, public domain. Caveat: they know nothing of the data that the model is for; its ranges and bits are chosen for them.
import type { OnnxInput } from 'zkvm/compiler';
import type { ModelTensors } from 'zkvm/prover';

const SEED = 20261130;
/** from this many on the compiler makes none of its own */
export const DRAWN_SAMPLES = 16;

function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface DrawRange {
  least: number;
  most: number;
}

/** Inputs with every number between two ends; sizes that the model leaves open are 1. */
export function drawnSamples(inputs: readonly OnnxInput[], { least, most }: DrawRange, count = DRAWN_SAMPLES): ModelTensors[] {
  const random = randomNumbers(SEED);
  const number = (kind: OnnxInput['kind']): number =>
    kind === 'boolean'
      ? Math.round(random())
      : kind === 'integer'
        ? Math.floor(least + random() * (Math.floor(most) - least + 1))
        : least + random() * (most - least);
  return Array.from({ length: count }, () =>
    Object.fromEntries(
      inputs.map(({ name, shape, kind }) => {
        const sizes = shape.map((size) => (typeof size === 'number' ? size : 1));
        return [name, { shape: sizes, data: Array.from({ length: sizes.reduce((a, b) => a * b, 1) }, () => number(kind)) }];
      }),
    ),
  );
}
