// Hand-assembled networks for the executor's bench: a CNN-264k-like image classifier, four dense layers of 1024, a LeNet-like one.
// Source: the recipes of AIR.md §6. Caveat: weights are random, so the outputs mean nothing; shapes and cost are what counts.
import { instruction } from '../vm/program/assembler.ts';
import { LANES, RAM_BASE, toField } from '../vm/program/isa.ts';
import type { IntegerTensors, Program, Region } from '../vm/program/types.ts';

export interface Network {
  name: string;
  program: Program;
  inputs: IntegerTensors;
  /** multiply-adds of the network itself, padding lanes not counted */
  macs: number;
}

/** a tensor [channel][row][word] in RAM; `below` rows of zeros follow each channel */
interface Tensor {
  address: number;
  channels: number;
  height: number;
  width: number;
  /** words a row */
  pitch: number;
  below: number;
}

const RELU = 1;
const FINE = 2 ** 8;
const FINE_COUNT = 2 ** 11;
const COARSE = 2 ** 14;
const REACH = 2 ** 27;
const WEIGHT = 60;
const PIXEL = 1000;

/** relu with a fine interval of 12 bits and saturating coarse intervals */
function reluIntervals(): Int32Array {
  const triples: number[] = [];
  const fine = FINE * FINE_COUNT;
  for (let at = -REACH; at < -fine; at += COARSE) triples.push(COARSE, at / COARSE, 0);
  for (let q = -FINE_COUNT; q < FINE_COUNT; q++) triples.push(FINE, q, Math.max(0, q >> 1));
  for (let at = fine; at < REACH; at += COARSE) triples.push(COARSE, at / COARSE, FINE_COUNT / 2);
  return Int32Array.from(triples);
}

const channelWords = ({ pitch, height, below }: Tensor): number => pitch * (height + below);
const blocksOf = (channels: number): number => Math.ceil(channels / LANES);

/** code at 0, read-only words from CODE_WORDS on, RAM words in order */
class Builder {
  readonly #code: Uint32Array[] = [];
  readonly #words: Int32Array[] = [];
  readonly #codeWords: number;
  #romWords: number;
  #ramWords = 0;
  #state = 9;
  #input: Region | undefined;
  macs = 0;

  constructor(codeWords: number) {
    this.#codeWords = codeWords;
    this.#romWords = codeWords;
  }

  random(limit: number): number {
    this.#state = (Math.imul(this.#state, 1103515245) + 12345) | 0;
    return ((this.#state >>> 8) % (2 * limit + 1)) - limit;
  }

  emit(...args: Parameters<typeof instruction>): void {
    this.#code.push(instruction(...args));
  }

  place(lanes: Int32Array): number {
    const at = this.#romWords;
    this.#words.push(lanes);
    this.#romWords += lanes.length / LANES;
    return at;
  }

  reserve(words: number): number {
    const at = RAM_BASE + this.#ramWords;
    this.#ramWords += words;
    return at;
  }

  /** rows × channels weights, each row highest block first */
  weights(rows: number, channels: number): number {
    const blocks = blocksOf(channels);
    const lanes = new Int32Array(rows * blocks * LANES);
    for (let row = 0; row < rows; row++)
      for (let o = 0; o < channels; o++) lanes[(row * blocks + blocks - 1 - (o >> 4)) * LANES + (o % LANES)] = this.random(WEIGHT);
    return this.place(lanes);
  }

  /** ones in the first lanes of a row of words */
  mask(pitch: number, width: number): number {
    return this.place(Int32Array.from({ length: pitch * LANES }, (_, x) => (x < width ? 1 : 0)));
  }

  tensor(shape: Omit<Tensor, 'address'>): Tensor {
    const { channels, pitch, height, below } = shape;
    const tensor = { ...shape, address: 0 };
    tensor.address = this.reserve(channels * channelWords(tensor));
    for (let c = 0; c < channels && below; c++)
      this.emit('SET', { n: pitch * below, c: tensor.address + c * channelWords(tensor) + pitch * height, cs: 1 });
    return tensor;
  }

  input(channels: number, height: number, width: number, below: number): Tensor {
    const pitch = Math.floor(width / LANES) + 1;
    const tensor: Tensor = { address: 0, channels, height, width, pitch, below };
    tensor.address = this.reserve(channels * channelWords(tensor));
    this.#input = {
      name: 'x',
      shape: [channels, height, width],
      address: tensor.address,
      channels,
      rows: height,
      width,
      channelStep: channelWords(tensor),
      rowStep: pitch,
      strides: [height * width, width, 1],
      lo: -PIXEL,
      hi: PIXEL,
      scale: 1,
    };
    return tensor;
  }

  /**
   * Convolution of odd size, same height and width, bias, relu.
   * @param options below: zero rows after each channel of the output; width: pixels of a row that are kept;
   *   halve: only every second row and the first words of it are read, as if the image had been pooled
   */
  convolution(x: Tensor, channels: number, size: number, options: { below?: number; width?: number; halve?: boolean } = {}): Tensor {
    const pad = size >> 1;
    const { below = x.below, halve = false } = options;
    const height = halve ? x.height / 2 : x.height;
    const width = halve ? Math.ceil(x.width / 2) : x.width;
    const pitch = halve ? Math.floor(width / LANES) + 1 : x.pitch;
    const y = this.tensor({ channels, height, width: options.width ?? width, pitch, below });
    const top = y.address + (channels - 1) * channelWords(y);
    const ob = blocksOf(channels);
    const step = halve ? 2 * x.pitch : x.pitch;
    for (let dy = 0; dy < size; dy++) {
      const rows = Math.min(height, height + pad - dy);
      const a = x.address + Math.max(0, dy - pad) * x.pitch;
      const b = this.weights(x.channels * size, channels);
      const shape = step === pitch ? { nw: pitch * rows } : { nw: pitch, h: rows, ra: step - (pitch - 1) };
      this.emit('MAC', { n: x.channels, a, as: channelWords(x), b, bs: size * ob, c: top, ...shape, ob, taps: size, pad });
    }
    const mask = this.mask(pitch, y.width);
    this.#bias(y, top);
    const jumps = { rj: 1, cj: 1 - pitch * height - channelWords(y) };
    this.emit('STORE', { a: mask, b: RELU, c: top, rw: pitch, h: height, O: channels, ...jumps }, 'LEAD');
    this.macs += channels * x.channels * size * size * height * width;
    return y;
  }

  #bias(y: Tensor, top: number): void {
    const a = this.mask(y.pitch, y.width);
    this.emit('MAC', {
      a,
      b: this.weights(1, y.channels),
      c: top,
      nw: y.pitch,
      h: y.height,
      ra: 1 - y.pitch,
      ob: blocksOf(y.channels),
    });
  }

  /** one sample: a word a channel, lane 0 */
  dense(x: Tensor, channels: number): Tensor {
    const y = this.tensor({ channels, height: 1, width: 1, pitch: 1, below: 0 });
    const top = y.address + channels - 1;
    const ob = blocksOf(channels);
    this.emit('MAC', { n: x.channels, a: x.address, as: 1, b: this.weights(x.channels, channels), bs: ob, c: top, ob });
    this.#bias(y, top);
    this.emit('STORE', { a: this.mask(1, 1), b: RELU, c: top, O: channels, cj: -1 });
    this.macs += x.channels * channels;
    return y;
  }

  /** fully connected after an image: the first word of every `step`-th word, its lanes as taps */
  fullyConnected(x: Tensor, channels: number, step: number, taps: number): Tensor {
    const words = Math.floor((x.channels * channelWords(x)) / step);
    const y = this.tensor({ channels, height: 1, width: 1, pitch: 1, below: 0 });
    const top = y.address + channels - 1;
    const ob = blocksOf(channels);
    const b = this.weights(words * taps, channels);
    this.emit('MAC', { n: words, a: x.address, as: step, b, bs: taps * ob, c: top, ob, taps });
    this.emit('STORE', { a: this.mask(1, 1), b: RELU, c: top, O: channels, cj: -1 }, 'LEAD');
    this.macs += words * taps * channels;
    return y;
  }

  finish(name: string, y: Tensor): Network {
    this.emit('HLT');
    if (this.#code.length > this.#codeWords) throw new Error(`${name} has ${this.#code.length} instructions`);
    const rom = new Uint32Array(this.#romWords * LANES);
    this.#code.forEach((word, i) => {
      rom.set(word, i * LANES);
    });
    let at = this.#codeWords * LANES;
    for (const words of this.#words) for (const lane of words) rom[at++] = toField(lane);
    const input = this.#input!;
    const output: Region = {
      ...{ name: 'y', shape: [y.channels], address: y.address, channels: y.channels, rows: 1, width: 1, channelStep: 1, rowStep: 1 },
      ...{ strides: [1, 1, 1], lo: 0, hi: 2 * FINE_COUNT, scale: 1 },
    };
    const program: Program = {
      rom,
      codeWords: this.#code.length,
      slots: [{ id: RELU, name: 'relu', intervals: reluIntervals() }],
      ramLogSize: Math.max(1, Math.ceil(Math.log2(this.#ramWords))),
      inputs: [input],
      outputs: [output],
      metadata: { name, labels: [] },
      sourceMap: [],
    };
    const size = input.shape.reduce((product, n) => product * n, 1);
    return { name, program, inputs: { x: Int32Array.from({ length: size }, () => this.random(PIXEL)) }, macs: this.macs };
  }
}

/** 3→32→32 convolutions at 32×32, 32→64 at 16×16, dense 4096→50 */
export function cnn264k(): Network {
  const b = new Builder(256);
  const y1 = b.convolution(b.input(3, 32, 32, 1), 32, 3);
  const y2 = b.convolution(y1, 32, 3, { width: 31 });
  const y3 = b.convolution(y2, 64, 3, { halve: true, below: 0 });
  return b.finish('cnn264k-like', b.fullyConnected(y3, 50, 8, 16));
}

/** 3→32→32→64 convolutions at 128×128, and what fits behind them: 20 times the cells of the one before */
export function cnn128(): Network {
  const b = new Builder(256);
  const y1 = b.convolution(b.input(3, 128, 128, 1), 32, 3);
  const y2 = b.convolution(y1, 32, 3, { width: 127 });
  const y3 = b.convolution(y2, 64, 3, { halve: true, below: 0 });
  return b.finish('cnn128-like', b.fullyConnected(y3, 50, 128, 16));
}

/** four layers of 1024×1024, one sample */
export function dense4m(): Network {
  const b = new Builder(32);
  let x = b.input(1024, 1, 1, 0);
  for (let layer = 0; layer < 4; layer++) x = b.dense(x, 1024);
  return b.finish('dense4m-like', x);
}

/** 5×5 convolutions 1→6→16 at 28×28 and a dense layer */
export function lenet(): Network {
  const b = new Builder(256);
  const y1 = b.convolution(b.input(1, 28, 28, 2), 6, 5);
  const y2 = b.convolution(y1, 16, 5, { below: 0 });
  return b.finish('lenet-like', b.fullyConnected(y2, 120, 7, 12));
}
