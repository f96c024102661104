// LSTM, GRU and RNN (ONNX 7-22), unrolled: each gate of each step is one sum of two matrix products and one table.
// Caveat: clip, layout = 1, input_forget, other lengths than the whole sequence and activations with parameters are refused; the program
// grows with the length of the sequence.
import { listOf, placesOf, realsOf, take } from '../onnx/budget.ts';
import { elementsOf, real, type Tensor } from '../onnx/tensor.ts';
import type { Term } from '../stages/terms/index.ts';
import { type ExpandedNode, expanding, type NodeContext, type Operator } from './operator.ts';
import { NOTHING, type SelectPart, select } from './select.ts';

/** Affine, an operator of the compiler itself: Σ inputs[2i]·inputs[2i + 1] + last input; [rows, depth] by constant [depth, columns]. */
export const Affine: Operator = {
  shape: (context) => [[context.shape(0)[0]!, context.shape(1)[1]!]],
  reference: (context, inputs) => {
    const [shape] = Affine.shape(context);
    const [rows, columns] = shape as [number, number];
    const bias = inputs.at(-1)!.data;
    const out = realsOf(rows * columns, (e) => bias[e % columns]!);
    for (let i = 0; i + 1 < inputs.length; i += 2) addProduct(inputs[i]!, inputs[i + 1]!, out);
    return [real(shape!, out)];
  },
  work: ({ shapes }, outputs) => outputs * shapes[0]!.at(-1)! * Math.ceil(shapes.length / 2),
  stage: (context, stages) => {
    const [shape] = Affine.shape(context);
    const [rows, columns] = shape as [number, number];
    const { inputs } = context.node;
    const bias = context.constant(inputs.length - 1, 'bias').data;
    const constant = realsOf(rows * columns, (e) => bias[e % columns]!);
    const terms: Term[] = [];
    for (let i = 0; i + 1 < inputs.length; i += 2) {
      const weights = context.constant(i + 1, 'weights');
      const known = context.constants[i];
      if (known) {
        addProduct(known, weights, constant);
        continue;
      }
      const depth = weights.shape[0]!;
      const steps = (step: number): Int32Array => placesOf(rows, (row) => row * step);
      terms.push({
        kind: 'dense',
        source: stages.view(inputs[i]!),
        depth,
        depthStride: 1,
        outputs: columns,
        outputStride: 1,
        from: steps(depth),
        to: steps(columns),
        weights: weights.data,
      });
    }
    stages.linear(context.node.outputs[0]!, terms, real(shape!, constant));
  },
};

function addProduct(x: Tensor, weights: Tensor, out: Float64Array): void {
  const [depth, columns] = weights.shape as [number, number];
  for (let e = 0; e < out.length; e++) {
    const row = Math.floor(e / columns) * depth;
    for (let k = 0; k < depth; k++) out[e]! += x.data[row + k]! * weights.data[k * columns + (e % columns)]!;
  }
}

const ACTIVATIONS = new Set(['Sigmoid', 'Tanh', 'Relu', 'Softsign', 'Softplus', 'HardSigmoid', 'LeakyRelu', 'Elu']);

/** One direction of a recurrent node, and the nodes made so far. */
interface Direction {
  base: string;
  /** what the names of its steps begin with, without their time */
  steps: string;
  /** W, R and their summed or separate biases of a gate */
  input: (gate: number) => Tensor;
  recurrence: (gate: number) => Tensor;
  biases: (gate: number) => [Float64Array, Float64Array];
  activation: (i: number) => string;
  hidden: number;
  nodes: ExpandedNode[];
  peephole: ((gate: number) => Tensor) | undefined;
}

type Operand = string | Tensor;

/** Adds a node of a step and returns its output. Its role is its name without the time. */
function emit({ nodes, steps }: Direction, operator: string, name: string, ...inputs: Operand[]): string {
  nodes.push({ operator, inputs, outputs: [name], role: `${steps} ${name.slice(steps.length).replace(/^ \d+ /, '')}` });
  return name;
}

/** A function of small numbers that gives the same object for the same number: steps share their weights. */
function once<T>(make: (i: number) => T): (i: number) => T {
  const made = new Map<number, T>();
  return (i) => {
    const known = made.get(i) ?? make(i);
    made.set(i, known);
    return known;
  };
}

const added = (a: Float64Array, b: Float64Array): Tensor =>
  real(
    [a.length],
    a.map((x, i) => x + b[i]!),
  );
const isZero = (operand: Operand): boolean => typeof operand !== 'string' && operand.data.every((x) => x === 0);

/** activation(x·W + h·R + biases) */
function gateOf(
  d: Direction,
  name: string,
  x: Operand,
  h: Operand,
  gate: number,
  activation: number,
  cell?: Operand,
  peephole = 0,
): string {
  const [a, b] = d.biases(gate);
  let sum = emit(d, 'Affine', `${name} sum`, x, d.input(gate), h, d.recurrence(gate), added(a, b));
  if (cell !== undefined && d.peephole && !isZero(cell)) {
    const seen = emit(d, 'Mul', `${name} peephole`, cell, d.peephole(peephole));
    sum = emit(d, 'Add', `${name} seen`, sum, seen);
  }
  return emit(d, d.activation(activation), name, sum);
}

/** One step: new hidden state and cell. */
type Step = (d: Direction, name: string, x: Operand, h: Operand, c: Operand) => [h: Operand, c: Operand];

const lstmStep: Step = (d, name, x, h, c) => {
  const input = gateOf(d, `${name} input`, x, h, 0, 0, c, 0);
  const forget = isZero(c) ? undefined : gateOf(d, `${name} forget`, x, h, 2, 0, c, 2);
  const candidate = gateOf(d, `${name} candidate`, x, h, 3, 1);
  let cell = emit(d, 'Mul', `${name} written`, input, candidate);
  if (forget !== undefined) cell = emit(d, 'Add', `${name} cell`, emit(d, 'Mul', `${name} kept`, forget, c), cell);
  const output = gateOf(d, `${name} output`, x, h, 1, 0, cell, 1);
  const shown = emit(d, d.activation(2), `${name} shown`, cell);
  return [emit(d, 'Mul', `${name} hidden`, output, shown), cell];
};

const gruStep =
  (linearBeforeReset: boolean): Step =>
  (d, name, x, h, c) => {
    const update = gateOf(d, `${name} update`, x, h, 0, 0);
    const reset = gateOf(d, `${name} reset`, x, h, 1, 0);
    const [a, b] = d.biases(2);
    let sum: string;
    if (linearBeforeReset) {
      const inner = emit(d, 'Affine', `${name} inner`, h, d.recurrence(2), real([b.length], b));
      const kept = emit(d, 'Mul', `${name} kept`, reset, inner);
      const outer = emit(d, 'Affine', `${name} outer`, x, d.input(2), real([a.length], a));
      sum = emit(d, 'Add', `${name} sum`, outer, kept);
    } else {
      const kept = isZero(h) ? h : emit(d, 'Mul', `${name} kept`, reset, h);
      sum = emit(d, 'Affine', `${name} sum`, x, d.input(2), kept, d.recurrence(2), added(a, b));
    }
    const candidate = emit(d, d.activation(1), `${name} candidate`, sum);
    const difference = emit(d, 'Sub', `${name} difference`, h, candidate);
    const part = emit(d, 'Mul', `${name} part`, update, difference);
    return [emit(d, 'Add', `${name} hidden`, candidate, part), c];
  };

const rnnStep: Step = (d, name, x, h, c) => [gateOf(d, `${name} hidden`, x, h, 0, 0), c];

/** rows from … from + count-1 of a constant [d, rows, columns], transposed */
function transposed(tensor: Tensor, direction: number, from: number, count: number): Tensor {
  const [, rows, columns] = tensor.shape as [number, number, number];
  const data = Float64Array.from(
    { length: columns * count },
    (_, e) => tensor.data[(direction * rows + from + (e % count)) * columns + Math.floor(e / count)]!,
  );
  return real([columns, count], data);
}

/** some twenty nodes a step, with their names and maps */
const STEP_BYTES = 2 ** 14;

/** A recurrent node, its attributes and constants checked. */
interface Layer {
  context: NodeContext;
  gates: number;
  length: number;
  batch: number;
  depth: number;
  hidden: number;
  way: string;
  directions: number;
  weights: Tensor;
  recurrence: Tensor;
  bias: Float64Array;
  activations: readonly string[] | undefined;
  peepholes: Tensor | undefined;
  /** what the names of its nodes begin with */
  base: string;
}

function layerOf(context: NodeContext, gates: number): Layer {
  const [length, batch, depth] = context.rank(0, 3) as [number, number, number];
  const [weights, recurrence] = [context.constant(1, 'W'), context.constant(2, 'R')];
  const hidden = context.integer('hidden_size', recurrence.shape[2] ?? 0);
  const way = context.text('direction', 'forward');
  const directions = way === 'bidirectional' ? 2 : 1;
  if (!['forward', 'reverse', 'bidirectional'].includes(way)) throw context.invalid(`direction "${way}"`);
  if (
    weights.shape.join() !== [directions, gates * hidden, depth].join() ||
    recurrence.shape.join() !== [directions, gates * hidden, hidden].join()
  )
    throw context.invalid(`W [${weights.shape}] and R [${recurrence.shape}] for ${gates} gates, ${depth} inputs, ${hidden} hidden`);
  for (const name of ['layout', 'input_forget'])
    if (context.integer(name, 0) !== 0) throw context.unsupported(`${name} = 1`, `${name} = 0`);
  for (const name of ['clip', 'activation_alpha', 'activation_beta'])
    if (context.node.attributes.has(name)) throw context.unsupported(`attribute "${name}"`, 'activations without parameters');
  const bias = context.has(3) ? context.constant(3, 'B').data : realsOf(directions * 2 * gates * hidden);
  if (bias.length !== directions * 2 * gates * hidden) throw context.invalid(`B has ${bias.length} values`);
  if (context.has(4) && context.constant(4, 'sequence_lens').data.some((x) => x !== length))
    throw context.unsupported('sequences of different lengths', 'sequence_lens left out');
  const given = context.node.attributes.get('activations');
  const activations = Array.isArray(given) && given.length ? (given as unknown[]).map(String) : undefined;
  const unknown = activations?.find((name) => !ACTIVATIONS.has(name));
  if (unknown !== undefined) throw context.unsupported(`activation ${unknown}`, [...ACTIVATIONS].join(', '));
  const peepholes = gates === 4 && context.has(7) ? context.constant(7, 'P') : undefined;
  const base = context.node.outputs.find((name) => name !== '')!;
  return { context, gates, length, batch, depth, hidden, way, directions, weights, recurrence, bias, activations, peepholes, base };
}

/** True where the last step reads the first element. */
const isBackward = ({ way }: Layer, d: number): boolean => way === 'reverse' || d === 1;

/** What the names of a direction's steps begin with. */
const stepsOf = ({ base }: Layer, d: number): string => `${base} direction ${d} step`;

/** Constants of one direction. */
function directionOf(layer: Layer, d: number, defaults: readonly string[], nodes: ExpandedNode[]): Direction {
  const { base, gates, hidden, weights, recurrence, bias, activations, directions, peepholes } = layer;
  const per = gates * hidden;
  const slice = (from: number): Float64Array => bias.slice(from, from + hidden);
  return {
    base,
    steps: stepsOf(layer, d),
    input: once((gate) => transposed(weights, d, gate * hidden, hidden)),
    recurrence: once((gate) => transposed(recurrence, d, gate * hidden, hidden)),
    biases: (gate) => [slice(d * 2 * per + gate * hidden), slice(d * 2 * per + per + gate * hidden)],
    activation: (i) => activations?.[(activations.length / directions) * d + i] ?? defaults[i]!,
    hidden,
    nodes,
    peephole:
      peepholes && ((gate) => real([hidden], peepholes.data.slice(d * 3 * hidden + gate * hidden, d * 3 * hidden + (gate + 1) * hidden))),
  };
}

/** The state before the first step: input i of the node, or zero. */
function initialState({ context, base, batch, hidden, directions }: Layer, i: number, d: number, nodes: ExpandedNode[]): Operand {
  const size = batch * hidden;
  if (!context.has(i)) return real([batch, hidden], realsOf(size));
  if (elementsOf(context.shape(i)) !== directions * size) throw context.invalid(`input ${i} has shape [${context.shape(i)}]`);
  const known = context.constants[i];
  if (known) return real([batch, hidden], known.data.slice(d * size, (d + 1) * size));
  const name = `${base} initial ${i} of ${d}`;
  const index = placesOf(size, (e) => d * size + e);
  nodes.push(select(name, [batch, hidden], [{ source: context.node.inputs[i]!, index }]));
  return name;
}

/** The elements of the sequence, each a tensor. */
function elementsInTime({ context, base, length, batch, depth }: Layer, nodes: ExpandedNode[]): string[] {
  const names: string[] = [];
  for (let t = 0; t < length; t++) {
    const name = `${base} step ${t}`;
    const index = placesOf(batch * depth, (e) => t * batch * depth + e);
    nodes.push({ ...select(name, [batch, depth], [{ source: context.node.inputs[0]!, index }]), role: `${base} step` });
    names.push(name);
  }
  return names;
}

/** Tensors of one state each, one after the other. */
function gathered({ batch, hidden }: Layer, out: string, shape: number[], list: readonly Operand[]): ExpandedNode {
  const size = batch * hidden;
  const parts = list.map((source, k): SelectPart => {
    const index = placesOf(list.length * size).fill(NOTHING);
    for (let e = 0; e < size; e++) index[k * size + e] = e;
    return { source, index };
  });
  return select(out, shape, parts);
}

function recurrent(gates: number, defaults: readonly string[], stepOf: (context: NodeContext) => Step): Operator {
  return expanding((context) => {
    const layer = layerOf(context, gates);
    const { length, batch, hidden, directions } = layer;
    take(length * directions, STEP_BYTES);
    const run = stepOf(context);
    const nodes: ExpandedNode[] = [];
    const elements = elementsInTime(layer, nodes);
    /** hidden states by direction and time */
    const states: Operand[][] = [];
    const cells: Operand[] = [];
    for (let d = 0; d < directions; d++) {
      const direction = directionOf(layer, d, defaults, nodes);
      let [h, c] = [initialState(layer, 5, d, nodes), gates === 4 ? initialState(layer, 6, d, nodes) : real([], realsOf(1))];
      const list: Operand[] = [];
      for (let t = 0; t < length; t++) {
        const time = isBackward(layer, d) ? length - 1 - t : t;
        [h, c] = run(direction, `${stepsOf(layer, d)} ${time}`, elements[time]!, h, c);
        list[time] = h;
      }
      states.push(list);
      cells.push(c);
    }
    const [all, last, cell] = context.node.outputs;
    const final = states.map((list, d) => list[isBackward(layer, d) ? 0 : length - 1]!);
    const inTime = (): Operand[] => listOf(length, (t) => states.map((list) => list[t]!)).flat();
    if (all) nodes.push(gathered(layer, all, [length, directions, batch, hidden], inTime()));
    if (last) nodes.push(gathered(layer, last, [directions, batch, hidden], final));
    if (cell) nodes.push(gathered(layer, cell, [directions, batch, hidden], cells));
    return nodes;
  });
}

export const LSTM = recurrent(4, ['Sigmoid', 'Tanh', 'Tanh'], () => lstmStep);
export const GRU = recurrent(3, ['Sigmoid', 'Tanh'], (context) => gruStep(context.integer('linear_before_reset', 0) !== 0));
export const RNN = recurrent(1, ['Tanh'], () => rnnStep);
