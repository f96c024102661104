// What an operator is: the shape of its results, its float64 meaning, and how it becomes stages of the integer machine.
// Adding one = one file and its name in index.ts; what is special about one is a property here. Source: onnx.ai/onnx/operators.
// Caveat: `reference` is the oracle of calibration and of the accuracy report, so it is written plainly, not fast.
import { bug, usage, ZkvmError } from '../../fri/core/errors.ts';
import type { Attribute, OnnxNode } from '../onnx/graph.ts';
import { type Shape, shapeText, type Tensor } from '../onnx/tensor.ts';
import { Texts } from '../onnx/texts.ts';
import type { Limits } from '../stages/known.ts';
import type { Pointwise, StageBuilder } from '../stages/stage.ts';

export type ElementKind = Tensor['kind'];

/** What a value stands for: integers that were to be quantised, or multiples of them; their scale, or a multiple of it; their zero point. */
export type Mark = 'integers' | 'scale' | 'zero';

/** Where an extreme lies unless everything that it is of is masked, and the inputs that mask it. */
export interface Presence {
  within: Limits;
  by: readonly string[];
}

/** Values that are only large to be out of reach of a softmax or a maximum (graph/masks.ts), and what becomes of them. */
export interface Masks {
  /** elements of these constants and inputs that are larger than this, become it */
  bound: number;
  constants: Set<string>;
  inputs: Set<string>;
  /** intervals that results are limited to */
  limits: Map<string, Limits>;
  /** softmaxes by their results: a row of which the maximum is less than this is masked by -Infinity as a whole, so that it is NaN */
  nothing: Map<string, number>;
  /** extremes by their results, which cannot be run where everything that they are of is masked */
  present: Map<string, Presence>;
}

/** Real numbers that integers of a few bits stand for: scale · (integer - zero), integers from low to high. */
export interface Grid {
  scale: number;
  zero: number;
  low: number;
  high: number;
}

/** What is known of quantised values, for pairs of QuantizeLinear and DequantizeLinear. */
export interface Pairs {
  /** results of QuantizeLinear, and what they were made of */
  quantised: Map<string, Grid & { source: string }>;
  /** results of DequantizeLinear that lie on a grid */
  onGrid: Map<string, Grid>;
  /** the first result of a pair, by what QuantizeLinear gave */
  folded: Map<string, string>;
  /** node of the file that computes a value */
  made: ReadonlyMap<string, OnnxNode>;
}

/** What the nodes of one graph share beside their values. */
export interface Aside {
  /** the texts that integers of text tensors stand for */
  texts: Texts;
  /** values that are texts */
  textual: Set<string>;
  pairs: Pairs;
  /** values that stand for what was to be quantised, and are not that */
  marks: Map<string, Mark>;
  /** values of which the rows along the last axis are zero or more and sum to 1 */
  distributions: Set<string>;
  /** whether a classifier has put its classes among the texts */
  classes: boolean;
  /** what was taken otherwise than the file says, for people */
  notes: Set<string>;
  /** what becomes of large values; `as it is`: choices and extremes are evaluated as ONNX says, however large, and nothing is staged */
  masks?: Masks | 'as it is' | undefined;
}

/** @param made node of the file that computes a value */
export const noPairs = (made: ReadonlyMap<string, OnnxNode> = new Map()): Pairs => ({
  quantised: new Map(),
  onGrid: new Map(),
  folded: new Map(),
  made,
});

/** A node with its place in words and typed access to attributes and constant inputs. */
export class NodeContext {
  constructor(
    readonly node: OnnxNode,
    readonly opset: number,
    /** `model.onnx node #12 Conv "/conv2"` */
    readonly where: string,
    /** shapes of the inputs; an omitted optional input is undefined */
    readonly shapes: readonly (Shape | undefined)[],
    /** values of the inputs that are known when compiling */
    readonly constants: readonly (Tensor | undefined)[],
    /** element types of the inputs */
    readonly types: readonly (ElementKind | undefined)[],
    /** ONNX element types of the inputs, where the model says them: inputs, initializers and constants */
    readonly elementTypes: readonly (number | undefined)[] = [],
    /** which inputs are known to be zero or more, whatever the model's inputs are */
    readonly nonNegative: readonly boolean[] = [],
    readonly aside: Aside = {
      texts: new Texts(),
      textual: new Set(),
      marks: new Map(),
      pairs: noPairs(),
      distributions: new Set(),
      classes: false,
      notes: new Set(),
    },
  ) {}

  /** True if every input that is there has integers (or booleans). */
  get whole(): boolean {
    return this.types.every((type) => type !== 'real');
  }

  /** Shape of an input that must be there. @throws ZK0510 */
  shape(i: number): Shape {
    const shape = this.shapes[i];
    if (!shape) throw this.invalid(`input ${i} is missing`);
    return shape;
  }

  has(i: number): boolean {
    return this.shapes[i] !== undefined;
  }

  /** Value of an input that must be known when compiling. @throws ZK0512 (unsupported) */
  constant(i: number, name: string): Tensor {
    this.shape(i);
    const tensor = this.constants[i];
    if (!tensor) throw this.unsupported(`"${name}" (input ${i}) is computed by the model`, `${name} must be a constant or an initializer`);
    return tensor;
  }

  integer(name: string, otherwise: number): number {
    const value = this.#attribute(name);
    if (value === undefined) return otherwise;
    if (typeof value !== 'number' || !Number.isInteger(value)) throw this.invalid(`attribute "${name}" is not an integer`);
    return value;
  }

  float(name: string, otherwise: number): number {
    const value = this.#attribute(name);
    if (value === undefined) return otherwise;
    if (typeof value !== 'number' || Number.isNaN(value)) throw this.invalid(`attribute "${name}" is not a number`);
    return value;
  }

  /** a number that may be NaN */
  number(name: string, otherwise: number): number {
    const value = this.#attribute(name);
    return Number.isNaN(value) ? Number.NaN : this.float(name, otherwise);
  }

  text(name: string, otherwise: string): string {
    const value = this.#attribute(name);
    if (value === undefined) return otherwise;
    if (typeof value !== 'string') throw this.invalid(`attribute "${name}" is not a string`);
    return value;
  }

  integers(name: string): number[] | undefined {
    const value = this.#attribute(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || !value.every((x) => Number.isInteger(x)))
      throw this.invalid(`attribute "${name}" is not a list of integers`);
    return value as number[];
  }

  floats(name: string): number[] | undefined {
    const value = this.#attribute(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || !value.every((x) => typeof x === 'number'))
      throw this.invalid(`attribute "${name}" is not a list of numbers`);
    return value as number[];
  }

  #attribute(name: string): Attribute | undefined {
    const value = this.node.attributes.get(name);
    if (typeof value === 'object' && 'unsupported' in value) throw this.unsupported(`attribute "${name}" is ${value.unsupported}`);
    return value;
  }

  /** @returns the axis counted from 0. @throws ZK0510 */
  axis(axis: number, rank: number): number {
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank) throw this.invalid(`axis ${axis} of a tensor of rank ${rank}`);
    return axis < 0 ? axis + rank : axis;
  }

  /** a node that breaks the ONNX specification */
  invalid(why: string): ZkvmError {
    return usage('ZK0510', {
      what: `the ${this.node.operator} node is not valid`,
      where: this.where,
      why,
      fix: 'check the model with onnx.checker',
    });
  }

  /** a valid node that this compiler has no way to run */
  unsupported(what: string, supported?: string): ZkvmError {
    return new ZkvmError('unsupported', 'ZK0512', {
      what: `${this.node.operator}: ${what}`,
      where: this.where,
      ...(supported ? { why: `supported: ${supported}` } : {}),
      fix: 'change the model, or ask for this case',
    });
  }

  /** @throws ZK0510 unless the input has this rank */
  rank(i: number, ...ranks: number[]): Shape {
    const shape = this.shape(i);
    if (!ranks.includes(shape.length)) throw this.unsupported(`input ${i} has shape ${shapeText(shape)}`, `rank ${ranks.join(' or ')}`);
    return shape;
  }
}

/** A node that an operator is made of; a tensor as input is a constant. */
export interface ExpandedNode {
  /** name in `OPERATORS` or `INTERNAL_OPERATORS` */
  operator: string;
  inputs: readonly (string | Tensor)[];
  outputs: readonly string[];
  attributes?: Readonly<Record<string, Attribute>>;
  /** what mathematics says of its first output (stages/known.ts) */
  known?: { within?: Limits; like?: readonly (string | Tensor)[]; reached?: true };
  /** what its first output is in every step of a loop: values of one role share their range and their table */
  role?: string;
}

/** An operator that is written in terms of others. */
export const expanding = (expand: (context: NodeContext) => ExpandedNode[]): Operator => {
  const never = (): never => {
    throw bug('an operator that expands has no meaning of its own');
  };
  return { expand, shape: never, reference: never, stage: never };
};

/** An operator of the ONNX default domain. */
export interface Operator {
  /** Nodes of other operators that together compute this one, or undefined if this node is staged as it is. @throws ZkvmError as `shape` */
  expand?(context: NodeContext): ExpandedNode[] | undefined;
  /** Shapes of the outputs. @throws ZkvmError for an invalid or unsupported node */
  shape(context: NodeContext): Shape[];
  /** Element types of the outputs; if left out, integers come from integers only. */
  types?(context: NodeContext): ElementKind[];
  /** The outputs in float64; inputs that were omitted are undefined. */
  reference(context: NodeContext, inputs: readonly (Tensor | undefined)[]): Tensor[];
  /** The function, for an operator that is one of every element of its first input. */
  ofOne?(context: NodeContext): Pointwise;
  /** The function, for an operator that is one of two numbers, element by element. */
  ofTwo?(a: number, b: number): number;
  /** its results are zero or more, whatever it reads */
  nonNegative?: true;
  /** ONNX element types of its outputs where they are integers; those of the first input if left out, and int64 for what comes second */
  elementTypes?(context: NodeContext): (number | undefined)[];
  /** its results may leave the range of a narrow integer type, and then ONNX keeps their low bits */
  wraps?: true;
  /** Multiplications of one evaluation in float64, for an operator that has more than elements. @param outputs elements of its first result */
  work?(context: NodeContext, outputs: number): number;
  /** Adds what the node computes to the stages; never called for a node whose inputs are all constant. */
  stage(context: NodeContext, stages: StageBuilder): void;
}

/** An operator that applies one function to every element of one input. Its result is real unless the function says otherwise. */
export function pointwise(make: (context: NodeContext) => Pointwise, input = 0): Operator {
  const kind = (context: NodeContext): ElementKind => {
    const { result = 'real' } = make(context);
    return result === 'as input' ? (context.types[input] ?? 'real') : result;
  };
  return {
    shape: (context) => {
      make(context);
      return [context.shape(input)];
    },
    types: (context) => [kind(context)],
    reference: (context, inputs) => {
      const { apply } = make(context);
      const x = inputs[input];
      return [{ shape: x!.shape, data: x!.data.map(apply), kind: kind(context) }];
    },
    stage: (context, stages) => stages.pointwise(context.node.outputs[0]!, context.node.inputs[input]!, make(context)),
    ...(input === 0 ? { ofOne: make } : {}),
  };
}

/** What a table has under a text of a file: what every object has, as `constructor`, is no entry. */
export const entryOf = <T>(table: Readonly<Record<string, T>>, text: string): T | undefined =>
  Object.hasOwn(table, text) ? table[text] : undefined;

/** The operator with the ONNX element types of its outputs, where they are integers. */
export const ofTypes = (operator: Operator, elementTypes: (context: NodeContext) => (number | undefined)[]): Operator => ({
  ...operator,
  elementTypes,
});

/** The operator, whose results may leave the range of a narrow integer type: ONNX keeps their low bits. */
export const wrapping = (operator: Operator): Operator => ({ ...operator, wraps: true });

/** The operator, whose results are zero or more whatever it reads. */
export const nonNegative = (operator: Operator): Operator => ({ ...operator, nonNegative: true });
