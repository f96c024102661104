// A program: what the compiler makes, the executor runs, the chips constrain and `.zkb` stores. Plain data.
// Source: DESIGN §4-§6, AIR.md §2-§6. Caveat: `sourceMap` and `report` explain the model and are not part of its identity.

/**
 * A function table: intervals u, q, y mean that C in [q·u, q·u + u) is stored as y; divisor u ≥ 1, q and y signed.
 * Ids are ≥ 1; intervals are pairwise disjoint, inside (-2^30, 2^30).
 */
export interface Slot {
  id: number;
  /** what it computes, for people ("requantise + Relu of Conv_1") */
  name: string;
  /** triples u, q, y (signed), three numbers an interval */
  intervals: Int32Array;
  /**
   * Where y is what the slot stands for: pairs from, to, for C in [from, to), ascending and apart, each of whole intervals. Elsewhere the slot
   * saturates or is coarse. Left out where nobody says (programs by hand).
   */
  exact?: Int32Array;
}

/**
 * Where a tensor lies in RAM. Element e of the flattened (row-major) tensor with
 * e = channel·strides[0] + row·strides[1] + x·strides[2] is lane x mod 16 of word
 * address + channel·channelStep + row·rowStep + ⌊x/16⌋. All other lanes of the region are zero.
 * An input below RAM is a committed one: the statement has the root of a tree of its words, and not its elements (committed.ts).
 */
export interface Region {
  name: string;
  /** shape of the tensor as the model's user sees it, batch included */
  shape: number[];
  address: number;
  channels: number;
  rows: number;
  /** positions in the lanes of one row; ⌈width/16⌉ words */
  width: number;
  /** words from a channel to the next; for an input every word of [address, address + channels·channelStep) is written by the verifier */
  channelStep: number;
  rowStep: number;
  /** element strides of channel, row, x; their product covers every element exactly once */
  strides: [number, number, number];
  /** inclusive range of the integers */
  lo: number;
  hi: number;
  /** real value = integer · scale */
  scale: number;
}

/** How the integers of an input or output stand for real numbers, where one step for all of them would not do: a rule for each index of one axis. */
export type Encoding = { of: 'input' | 'output'; name: string; axis: number } & (
  | {
      /** real = integer · scale of the region · scale of the index */
      scales: number[];
    }
  | {
      /** integer = how many numbers of the index's ascending list are at most the real one */
      thresholds: number[][];
    }
);

/** what a human reads, part of the model's identity through its hash */
export interface Metadata {
  /** name of the model */
  name: string;
  /** label of each class of the first output, or empty */
  labels: string[];
  /** inputs whose elements are integers or booleans in the model too, so that a fraction is no input; left out if there are none */
  integers?: string[];
  /** inputs and outputs with a rule for each index of one axis, each at most once; left out if there are none */
  encodings?: Encoding[];
}

/** instruction range → the ONNX node it came from */
export interface SourceEntry {
  from: number;
  to: number;
  node: string;
}

export interface Program {
  /** ROM: 16 lanes a word, canonical M31; the first `codeWords` words are instructions */
  rom: Uint32Array;
  codeWords: number;
  slots: Slot[];
  /** RAM holds 2^ramLogSize words from RAM_BASE on */
  ramLogSize: number;
  inputs: Region[];
  outputs: Region[];
  metadata: Metadata;
  sourceMap: SourceEntry[];
}

/** integer tensors by region name, flattened row-major */
export type IntegerTensors = Record<string, Int32Array>;
