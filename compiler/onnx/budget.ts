// One budget for everything that compiling makes without a file having spelled it out: arrays, results of nodes, multiplications, nodes.
// Every operator allocates through `realsOf`, `placesOf` and `listOf` (a test asks for it), and every result's shape passes `Limits`, so a file of
// a hundred bytes is refused before anything large is made. Source: DESIGN §6; the machine's RAM (AIR.md §2), which is write-once.
// Caveat: what a file does spell out is not limited here; its initializers raise the budget.
import { ZkvmError } from '../../fri/core/errors.ts';
import { LANES, MAX_PUBLIC_WORDS, MAX_RAM_WORDS } from '../../vm/program/isa.ts';

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** elements of all graph inputs and outputs: a lane each of the words that a verifier takes */
const MAX_PUBLIC_ELEMENTS = MAX_PUBLIC_WORDS * LANES;
/** elements of one computed tensor: a quarter of RAM; VGG's largest has 3.2 million */
const MAX_RESULT = (MAX_RAM_WORDS * LANES) / 4;
/** elements of all computed tensors: all of RAM; large models have several for a stored one (normalization, activation), and weights */
const MAX_RESULTS = MAX_RAM_WORDS * LANES;
const RESULTS_PER_INITIAL = 16;
/**
 * Bytes of arrays made while a graph is built: what a process takes anyway, and less than two million moved elements (12 bytes each), of which
 * RAM holds some hundred thousand.
 */
const MAX_ARRAY_BYTES = 32 * 2 ** 20;
/** an initializer's element may be copied so often, into other layouts */
const BYTES_PER_INITIAL = 64;
/** multiplications of one evaluation in float64, about two seconds; every initial element may be used 2^14 times more (128 × 128 positions) */
const MAX_WORK = 2 ** 31;
const WORK_PER_INITIAL = 2 ** 14;
/** nodes after expansion, each at least an instruction of the program and an entry of several maps */
const MAX_NODES = 2 ** 16;

/** bytes of one array where no graph is built */
const MAX_ARRAY = 2 ** 30;

/** What is left. */
interface Budget {
  bytes: number;
}

let current: Budget | undefined;

const tooMuch = (what: string, why: string, where?: string): ZkvmError =>
  new ZkvmError('unsupported', 'ZK0515', { what, ...(where ? { where } : {}), why, fix: 'make the model smaller, or cut it into several' });

/** Is it an error of this file that does not know its node yet? */
const isNameless = (error: unknown): error is ZkvmError => error instanceof ZkvmError && error.code === 'ZK0515' && !error.where;

/** Runs what a node makes, and names the node where that is too much. */
export function at<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isNameless(error)) throw error;
    throw tooMuch(error.what, error.why!, where);
  }
}

/** Runs what builds a graph with these initializers, under one budget of bytes. */
export function within<T>(initialElements: number, work: () => T): T {
  const before = current;
  current = { bytes: MAX_ARRAY_BYTES + BYTES_PER_INITIAL * initialElements };
  try {
    return work();
  } finally {
    current = before;
  }
}

/** Takes room for an array before it is made; without a budget (evaluation) only its own size counts. @throws ZK0515 */
export function take(count: number, bytes: number): void {
  if (current && count >= 0) current.bytes -= count * bytes;
  if (!(count >= 0 && count * bytes <= MAX_ARRAY) || (current && current.bytes < 0))
    throw tooMuch(
      `${Number.isFinite(count) ? count.toLocaleString('en-US') : 'far too many'} elements are made here`,
      `everything that a graph makes besides its initializers takes at most ${MAX_ARRAY_BYTES} bytes`,
    );
}

/** Real numbers, zero or as a function says. */
export function realsOf(count: number, value?: (i: number) => number): Float64Array {
  take(count, 8);
  const list = new Float64Array(count);
  if (value) for (let i = 0; i < count; i++) list[i] = value(i);
  return list;
}

/** Places of elements, zero or as a function says. */
export function placesOf(count: number, value?: (i: number) => number): Int32Array {
  take(count, 4);
  const list = new Int32Array(count);
  if (value) for (let i = 0; i < count; i++) list[i] = value(i);
  return list;
}

/** A list of anything. */
export function listOf<T>(count: number, value: (i: number) => T): T[] {
  take(count, 8);
  return Array.from({ length: count }, (_, i) => value(i));
}

/** What the nodes of one graph may still make. */
export class Limits {
  #public = MAX_PUBLIC_ELEMENTS;
  #nodes = MAX_NODES;
  #results: number;
  #work: number;

  constructor(initialElements: number) {
    this.#results = MAX_RESULTS + RESULTS_PER_INITIAL * initialElements;
    this.#work = MAX_WORK + WORK_PER_INITIAL * initialElements;
  }

  /** @throws ZK0515 for more elements of inputs and outputs than a proof has public words */
  public(elements: number, where: string): void {
    this.#public -= elements;
    if (!(this.#public >= 0))
      throw tooMuch('the inputs and outputs are too large', `at most ${MAX_PUBLIC_ELEMENTS} elements together can be public`, where);
  }

  /** @throws ZK0515 for a node too many */
  node(): void {
    if (--this.#nodes < 0) throw tooMuch('too many nodes after expansion', `at most ${MAX_NODES}`);
  }

  /** @throws ZK0515 for a computed result that the machine's memory cannot hold, or for all of them together */
  result(shape: readonly number[], elements: number): void {
    if (!(elements <= MAX_RESULT)) throw tooMuch(`a result of shape ${shapeText(shape)}`, `at most 2^${Math.log2(MAX_RESULT)} elements`);
    this.#results -= elements;
    if (this.#results < 0)
      throw tooMuch(
        `all results up to shape ${shapeText(shape)}`,
        `at most 2^${Math.log2(MAX_RESULTS)} elements together, and ${RESULTS_PER_INITIAL} an initializer's element`,
      );
  }

  /** @throws ZK0515 for more multiplications than an evaluation may take */
  work(multiplications: number): void {
    this.#work -= multiplications;
    if (!(this.#work >= 0))
      throw tooMuch(
        'too many multiplications',
        `at most 2^${Math.log2(MAX_WORK)} and 2^${Math.log2(WORK_PER_INITIAL)} an initializer's element`,
      );
  }
}

/** @throws ZK0515 for stored tensors that RAM cannot hold; they are written once */
export function requireRam(words: number, where: string): void {
  if (words > MAX_RAM_WORDS)
    throw tooMuch(
      'the program needs more memory than one proof has',
      `more than 2^${Math.log2(MAX_RAM_WORDS)} words of ${LANES} lanes`,
      where,
    );
}
