// The seam between the protocol and whoever does the heavy arithmetic. A backend keeps columns in its own memory and hands out
// blocks; the prover (air/prove.ts) only passes blocks around and absorbs the digests and words that come back.
// Source: DESIGN §9. Caveat: the plain-TypeScript backend (fri/backend/js/) is the definition; every other must give the same bytes.

import type { Digest } from '../core/digest.ts';
import type { QM31 } from '../core/qm31.ts';
import type { DeepBatch } from '../pcs/deep.ts';
import type { LayoutBlock } from '../pcs/layout.ts';
import type { Graph } from './graph.ts';

/** M31 columns of one height in the backend's memory; what the values mean is said by the method that made it */
export interface Block {
  readonly columns: number;
  readonly logSize: number;
}

/** A Merkle tree over whole rows, together with the evaluations it commits to */
export interface Tree {
  /** log of the number of leaves */
  readonly height: number;
  readonly root: Digest;
}

/** One QM31 value a position of a domain: a FRI layer */
export interface Layer {
  readonly logSize: number;
}

/** An opening: rows (or coset values) and the sibling digests of the pruned multiproof, in proof order; both as flat words */
export interface Opening {
  words: Uint32Array;
  witnesses: Uint32Array;
}

/** What a component asks of a backend in the interaction phase and in the composition; made by air/ from a component */
export interface Circuit {
  name: string;
  preprocessedColumns: number;
  baseColumns: number;
  graph: Graph;
  /** register = carry · previous register + add, in order */
  registers: readonly { carry: number; add: number }[];
  /** one or two fractions an interaction column, each with those of the columns before: the last column has all of the row */
  sums: readonly (readonly { numerator: number; denominator: number }[])[];
  /** nodes that vanish on every row, in the order of the composition powers */
  constraints: readonly number[];
}

/** Row-order traces of one instance */
export interface InstanceTraces {
  circuit: Circuit;
  logSize: number;
  /** undefined when the component has no preprocessed columns */
  preprocessed: Block | undefined;
  base: Block;
  /** values of `circuit.graph.parameters` */
  parameters: readonly QM31[];
}

/** Coefficients of one instance's columns, for the composition */
export interface InstanceCoefficients {
  circuit: Circuit;
  logSize: number;
  preprocessed: Block | undefined;
  base: Block;
  interaction: Block;
  parameters: readonly QM31[];
  /** weight of each constraint */
  powers: readonly QM31[];
}

export interface Backend {
  readonly name: string;
  /**
   * Told before the first column of a proof arrives, which columns will be made; those of a setup are there already.
   * @throws kind 'backend' when they cannot fit
   */
  reserve?(blocks: readonly LayoutBlock[], logBlowup: number): Promise<void>;
  /**
   * Trace columns in row order that are written where they will lie, instead of being uploaded: a block a shape.
   * @param write is handed columns of zeros, a list a shape; they are good until it returns, and it may ask nothing of the backend
   */
  fill?(shapes: readonly { columns: number; logSize: number }[], write: (columns: readonly Uint32Array[][]) => void): Promise<Block[]>;
  /** trace columns in row order, copied into the backend's memory */
  upload(columns: readonly Uint32Array[], logSize: number): Promise<Block>;
  /** trace rows → coefficients in the FFT space of the trace's size */
  interpolate(rows: Block): Promise<Block>;
  /** coefficients → values on the canonic coset of log size + logBlowup, storage order */
  extend(coefficients: Block, logBlowup: number): Promise<Block>;
  /** Merkle tree over evaluations in commit order (ascending height); its height is that of the largest block */
  commit(evaluations: readonly Block[]): Promise<Tree>;
  /**
   * Interaction columns in row order: registers, then LogUp columns, four coordinates each.
   * @throws rejected ZK0150 when a denominator is zero
   */
  interaction(instance: InstanceTraces): Promise<Block>;
  /** the same for a backend whose results are far away: whether it worked out is asked later, so that all instances' answers travel together */
  startInteraction?(instance: InstanceTraces): Promise<{ rows: Block; settled: () => Promise<void> }>;
  /**
   * What an instance adds to the shard's running sum: its last LogUp column in every copy of its rows, 2^(k - L) of it in each.
   * @param rows interaction columns of `interaction`
   * @param steps those of the instances before, to which this one's are added; left out for the first
   * @returns four columns of log size `logSize` in row order: `steps` itself, or new ones
   */
  addSteps(rows: Block, logSize: number, steps?: Block): Promise<Block>;
  /**
   * The running sum of a shard, in place: every row becomes the steps up to it less (row + 1)/2^L of them all, so 0 on the last row.
   * @returns a call that fetches the sum of all steps, once
   */
  runningSum(steps: Block): Promise<() => Promise<QM31>>;
  /** coefficients of the eight composition columns (left 0…3, right 0…3) of log size `logSize` */
  composition(instances: readonly InstanceCoefficients[], logSize: number): Promise<Block>;
  /**
   * Values of every column of every block, lifted to `logSize`, at a point of the circle over QM31: four words a column.
   * @param columns the columns of each block that are wanted; the words of the others mean nothing then
   */
  sample(
    coefficients: readonly Block[],
    logSize: number,
    point: readonly [QM31, QM31],
    columns?: readonly (readonly number[])[],
  ): Promise<Uint32Array[]>;
  /** the DEEP quotient on the canonic coset of `logSize`; `evaluations` may be lower (they are lifted) */
  deep(evaluations: readonly Block[], batches: readonly DeepBatch[], logSize: number): Promise<Layer>;
  /** Merkle tree whose leaves are whole cosets of 2^foldLog values */
  commitLayer(layer: Layer, foldLog: number): Promise<Tree>;
  /** folds by 2^foldLog; the first fold of the first layer divides by y */
  fold(layer: Layer, foldLog: number, circle: boolean, alpha: QM31): Promise<Layer>;
  /** all values of a (small) layer: four coordinate columns */
  read(layer: Layer): Promise<Uint32Array[]>;
  /** whole rows at strictly increasing leaf positions, and witnesses */
  open(tree: Tree, positions: readonly number[]): Promise<Opening>;
  /** coset values except those at `known` (positions of the layer), and witnesses of the coset leaves */
  openLayer(tree: Tree, layer: Layer, cosets: readonly number[], known: ReadonlySet<number>): Promise<Opening>;
  /**
   * smallest nonce [low, high] with the wanted number of zero bits
   * @param between waited for between slices of the search, which may take seconds; the search ends with what it throws
   */
  grind(digest: Digest, bits: number, between?: () => Promise<void>): Promise<[number, number]>;
  /** gives memory back; a block, tree or layer may be freed once, in any order */
  free(...items: readonly (Block | Tree | Layer | undefined)[]): void;
}
