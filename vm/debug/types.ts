// What the debugger tells, as plain data, in one file without a word of the machine's own types: the package ships its declarations. Source: the modules
// beside it, which make these. Caveat: a step is a number, a chip and an instruction are names.

/** A lane of a word. */
export interface Place {
  address: number;
  lane: number;
}

/** Whose a word is. */
export interface Owner {
  kind: 'input' | 'output' | 'step' | 'code' | 'weights' | 'nobody';
  /** of a region: its name; of a step's word: the ONNX node */
  name?: string;
  /** the step that wrote it */
  step?: number;
}

export interface Operand {
  /** operand of the instruction */
  operand: 'a' | 'b' | 'c';
  does: 'reads' | 'writes';
  /** what it is to the instruction: its positions, its weights, a mask, a scalar, a result */
  role: 'positions' | 'weights' | 'mask' | 'scalar' | 'result';
  /** row-major; lanes last */
  shape: readonly number[];
  /** what an index of each axis counts */
  axes: readonly string[];
  /** signed */
  values: Int32Array;
  /** of each 16 neighbouring values, where the lanes of a word are neighbours; of each word read or written else */
  addresses: Uint32Array;
  /** each once, by address */
  owners: readonly Owner[];
}

/** Coefficients of an accumulator: that of α^(low + i)·β^channel is `values[channel · span + i]`. */
export interface Polynomial {
  /** the address of the first word that its STORE writes */
  name: number;
  channels: number;
  /** lowest exponent of α; negative before the first position of a convolution */
  low: number;
  span: number;
  values: Float64Array;
  /** steps that were added, of all that ever are */
  added: number;
  of: number;
}

/** Rows of one chip. */
export interface ChipRows {
  chip: string;
  instance: number;
  /** number of the first one in its chip */
  firstRow: number;
  rows: number;
  columns: readonly string[];
  /** by column, then row, as field elements */
  cells: readonly Uint32Array[];
}

/** A cell that an honest run has another value in. */
export interface Change {
  /** name of the chip, here and below: a declaration that listed them would bring all chips into the package's types */
  chip: string;
  /** of the file's list */
  instance: number;
  row: number;
  column: string;
  value: number;
  honest: number;
  /** undefined for rows of memory, tables and padding */
  step: number | undefined;
  /** which of the step's rows in the chip it is */
  rowOfStep: number | undefined;
}

/** A question to other chips, or an answer. */
export interface Lookup {
  /** name of the relation, or `accumulator` */
  relation: string;
  /** how often: above 0 it is asked for, below 0 it is supplied */
  times: number;
  /** signed; the accumulator's name alone for an accumulator */
  tuple: readonly number[];
}

/** A factor of a constraint and what it is on a row. */
export interface Factor {
  text: string;
  /** signed; undefined where challenges are in it */
  value: number | undefined;
}

/** A constraint that does not hold on a row. */
export interface FailedRow {
  chip: string;
  instance: number;
  row: number;
  label: string;
  /** the formula that should be 0 */
  formula: string;
  /** what it is a product of, with their values on the row */
  factors: readonly Factor[];
  /** the cells that it reads, as field elements; `previous x` for the row before */
  cells: Readonly<Record<string, number>>;
  /** the step that made the row; that wrote the word, for a row of ram; undefined for tables, code and padding */
  step: number | undefined;
  /** which of the step's rows in the chip it is; undefined where it is none of them */
  rowOfStep: number | undefined;
}

/** A question or an answer that the honest run does not have, or one of it that is missing. */
export interface Unbalanced extends Lookup {
  chip: string;
  row: number;
  step: number | undefined;
}

export interface Verdict {
  ok: boolean;
  failures: readonly FailedRow[];
  /** all of them, also beyond the limit */
  failureCount: number;
  /** what all chips ask for and supply cancels */
  sumIsZero: boolean;
  /** undefined where the file has other instances than the run makes */
  changes: readonly Change[] | undefined;
  changeCount: number | undefined;
  /** lookups of changed rows that the honest rows do not have (times as they are), and those that they have and the file lacks (times negated) */
  unbalanced: readonly Unbalanced[];
  /** accumulators that changed rows add to or drain otherwise than the honest ones: they have no tuple, so the whole sum tells of them together */
  accumulators: readonly { name: number; chip: string; row: number; step: number }[];
  /** outputs that the file claims and the run does not give, by name */
  otherOutputs: readonly string[];
}

/**
 * A step, for a list.
 * @example for (const { step, text, node } of debugTrace(bytes).lines(0, 10) satisfies StepLine[]) console.log(step, text, node);
 */
export interface StepLine {
  step: number;
  pc: number;
  /** repeats of the instruction that come after this one */
  repeatsLeft: number;
  opcode: string;
  /** as it stands in ROM */
  text: string;
  node: string | undefined;
  /** addresses of this repeat */
  a: number;
  b: number;
  c: number;
}

/**
 * A step in full.
 * @example
 * const { operands, lookups }: StepDetail = debugTrace(bytes).step(0);
 * for (const { does, role, shape, values } of operands) console.log(does, role, shape, values);
 */
export interface StepDetail extends StepLine {
  /** what the instruction does, as the table of instructions says */
  meaning: string;
  operands: readonly Operand[];
  /** the accumulator after the step; of a STORE, what it drains */
  accumulator: Polynomial | undefined;
  /** rows of each chip, at most `limit` of each from `from` on */
  rows: readonly ChipRows[];
  /** rows of each chip that the step makes in all */
  rowCounts: Readonly<Record<string, number>>;
  lookups: readonly (Lookup & { chip: string; row: number })[];
  changes: readonly Change[];
}

/** What steps are searched by; all that is given must fit. */
export interface Search {
  /** part of the ONNX node's name, in any case */
  node?: string;
  opcode?: string;
  /** a word that the step reads, writes, adds to or drains */
  address?: number;
}

/** a·b of a sum */
export interface Product {
  /** the step that multiplied */
  step: number;
  a: Place & { value: number };
  b: Place & { value: number };
  product: number;
}

/** A value and what it was computed from. */
export interface Reason extends Place {
  value: number;
  owner: Owner;
  /** the step that wrote it */
  step?: number;
  /** of a stored lane: the sum, the slot it was looked up in, and whether a mask hid it */
  stored?: { coefficient: number; slot: number; masked: boolean; channel: number; exponent: number };
  /** of a stored lane: products that are not 0, the largest first, at most as many as were asked for */
  products?: readonly Product[];
  /** all products that are not 0, and the sum of those that are not listed */
  productCount?: number;
  rest?: number;
  /** of a scalar: the lanes that it was computed from */
  from?: readonly (Place & { value: number })[];
}

/**
 * What an element was computed from.
 * @example
 * const { reasons, steps }: Why = debugTrace(bytes).why('output', 7);
 * console.log(steps.length, reasons[0]?.products);
 */
export interface Why {
  /** the element first, then what it came from, level by level; each place once */
  reasons: readonly Reason[];
  /** the steps that wrote or multiplied, ascending: the slice of the run that matters */
  steps: readonly number[];
  /** places that the bounds left out */
  leftOut: number;
}

export interface WhyLimits {
  /** places that are explained */
  places?: number;
  /** products of a sum that are listed and followed */
  products?: number;
}
