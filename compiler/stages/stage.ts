// Stages: a graph cut into what the machine does at one go: linear terms and a constant add into an accumulator, then one table gives the
// stored integers. The builder fuses what follows a stage (bias, BatchNormalization, activation, residual sum) into it.
// Source: DESIGN §4, AIR.md §6. Caveat: a value that two nodes read is never fused away.
import { bug, usage } from '../../fri/core/errors.ts';
import type { View } from '../layout/view.ts';
import { allFinite } from '../onnx/numbers.ts';
import { broadcastShape, broadcastTo, real, type Shape, sameShape, type Tensor } from '../onnx/tensor.ts';
import { type Known, type KnownRange, type Limits, resolved } from './known.ts';
import { isProduct, kindOf, type Term } from './terms/index.ts';
import type { Selection } from './terms/term.ts';

/** A function of one real number; `clip` says that it is x limited to an interval. */
export interface Pointwise {
  name: string;
  apply: (x: number) => number;
  clip?: [low: number, high: number];
  /** it has jumps, which finer tables do not smooth */
  jumps?: boolean;
  /** its value depends on the argument's sign only; an argument as near to zero as a source's rounding counts as zero */
  sign?: boolean;
  /** integers that it is defined for, of which those from `plain` on are the usual ones: an index into a table */
  domain?: { low: number; plain: number; high: number };
  /** results may be too large for the machine: its table ends there, and what would have such a result cannot be run */
  ends?: boolean;
  /** it is read as a floating-point number is, exact sums too: what is small counts beside what is large */
  relative?: boolean;
  /** distance of jumps that lie evenly, one of them at 0 or half way between: intervals are made to fit */
  grid?: number;
  /** it depends on its argument through this alone, which grows or stays: stairs, of which a table has every step where it is */
  stairs?: (x: number) => number;
  /** results are multiples of this, the nearest ones */
  rounds?: number;
  /** type of the result's elements; real if left out */
  result?: 'integer' | 'real' | 'as input';
}

/** Planes [channels][height][width] that a 2×2 window with stride 2 reads. */
export interface Planes {
  channels: number;
  height: number;
  width: number;
  outHeight: number;
  outWidth: number;
}

interface StageBase {
  /** name of the stored tensor; views refer to it */
  id: string;
  /** shape in which terms and constant count elements */
  shape: Shape;
  /** ONNX value that equals the result, for calibration */
  value: string;
  /** element of the result that each element of `value` is; in the same order if left out */
  order?: Int32Array | undefined;
  /** what it is in every step of a loop: stages of one role share their range and their table */
  role?: string;
  /** node it comes from, for errors, source map and report */
  where: string;
}

/** y = f(Σ terms + constant) */
export interface LinearStage extends StageBase {
  kind: 'linear';
  terms: Term[];
  /** broadcasts to `shape` */
  constant: Tensor | undefined;
  functions: Pointwise[];
  /**
   * The result in the integers of the sources, where they share one scale; weights are ±1.
   * rise: max(0, Σ terms). raise: Σ terms, whose range is known. exceeds: whether Σ terms > 0, or ≥ 0 where `ties` is 1.
   * chosen: a product whose first factor is rows of zeros and at most a one. left: 0 where masks leave something.
   */
  exact?: { kind: Exact; ties?: Tensor; left?: Left };
  /** ONNX value that equals the accumulator, for calibration */
  before: string;
  /** whether the accumulator and the result are integers (ONNX types), which are kept exactly; known when all stages are */
  whole?: { before: boolean; result: boolean };
  /** what mathematics says of the accumulator and of the result; known when all stages are */
  known?: { before?: KnownRange | undefined; result?: KnownRange | undefined };
}

/** Where a result lies, or cannot be run: inputs have masked everything that it is of. */
export interface Left {
  within: Limits;
  /** names of the inputs, for messages */
  by: string;
}

export type Exact = 'rise' | 'raise' | 'exceeds' | 'chosen' | 'left';

/** y = max over 2×2 windows */
export interface MaximumStage extends StageBase {
  kind: 'maximum';
  source: View;
  planes: Planes;
}

export type Stage = LinearStage | MaximumStage;

/** The terms of a stage that move single elements. */
export function selections({ terms }: LinearStage): Selection[] {
  return terms.flatMap((term) => {
    const { elements } = kindOf(term);
    return elements.are === 'moved' ? [{ source: term.source, index: elements.index(term) }] : [];
  });
}

/** The stage's result in its own order, from what the ONNX value says. */
export function inOwnOrder({ order }: Pick<Stage, 'order'>, value: Float64Array): Float64Array {
  if (!order) return value;
  const own = new Float64Array(value.length);
  for (const [i, e] of order.entries()) own[e] = value[i]!;
  return own;
}

/** Sources a stage reads. */
export const sourcesOf = (stage: Stage): View[] =>
  stage.kind === 'maximum' ? [stage.source] : stage.terms.flatMap((term) => (isProduct(term) ? [term.source, term.other] : [term.source]));

/** What is known of an input's range. */
interface InputFacts {
  /** least and most that the element type holds */
  limits?: Limits | undefined;
  /** it may be all of that */
  complete?: boolean | undefined;
  /** of a real one with scales for its features, that is all of [-1, 1], or of [0, 1] if the samples are */
  bits?: number | undefined;
  /** declared, instead of that of the samples */
  range?: Limits | undefined;
}

/** What the compiler has to make run: stages in an order in which sources come first. */
export interface StageGraph {
  /** `whole`: integers or booleans */
  inputs: ({ name: string; shape: Shape; whole: boolean } & InputFacts)[];
  stages: Stage[];
  outputs: { name: string; shape: Shape; view: View }[];
}

export class StageBuilder {
  readonly #stages = new Map<string, Stage>();
  readonly #views = new Map<string, View>();
  /** ONNX value → the stage that may still be extended through it */
  readonly #open = new Map<string, LinearStage>();
  readonly #inputs: StageGraph['inputs'] = [];
  #count = 0;
  /** node being staged, set by the caller */
  where = '';

  constructor(
    readonly shapes: ReadonlyMap<string, Shape>,
    readonly constants: ReadonlyMap<string, Tensor>,
    /** how many nodes and graph outputs read a value */
    readonly uses: ReadonlyMap<string, number>,
    /** values whose elements are integers */
    readonly whole: ReadonlySet<string>,
    /** what mathematics says of values */
    readonly known: ReadonlyMap<string, readonly Known[]> = new Map(),
    /** what values are in every step of a loop */
    readonly roles: ReadonlyMap<string, string> = new Map(),
  ) {}

  #shape(name: string): Shape {
    const shape = this.shapes.get(name);
    if (!shape) throw bug(`no shape for "${name}"`);
    return shape;
  }

  input(name: string, facts: InputFacts): void {
    this.#inputs.push({ name, shape: this.#shape(name), whole: this.whole.has(name), ...facts });
    this.#views.set(name, { root: name });
  }

  /** How a node reads a value; a constant becomes a stage of its own. */
  view(name: string): View {
    const view = this.#views.get(name);
    if (view) return view;
    const tensor = this.constants.get(name);
    if (!tensor) throw bug(`nothing computes "${name}"`);
    this.#add(name, [], tensor);
    return this.#views.get(name)!;
  }

  #add(out: string, terms: Term[], constant: Tensor | undefined): void {
    const id = `#${this.#count++} ${out}`;
    const stage: LinearStage = {
      kind: 'linear',
      id,
      shape: this.#shape(out),
      terms,
      constant,
      functions: [],
      before: out,
      value: out,
      where: this.where,
    };
    this.#stages.set(id, stage);
    this.#views.set(out, { root: id });
    this.#open.set(out, stage);
  }

  /** The stage that computes the value, if only the current node reads it. */
  #extensible(name: string): LinearStage | undefined {
    return this.uses.get(name) === 1 ? this.#open.get(name) : undefined;
  }

  /** out = Σ terms + constant (broadcast to the shape of out) */
  linear(out: string, terms: Term[], constant?: Tensor): void {
    this.#add(out, terms, constant);
  }

  /** out = f(in) */
  pointwise(out: string, name: string, f: Pointwise): void {
    let stage = this.#extensible(name);
    if (!stage) {
      this.affine(out, name, undefined, undefined);
      stage = this.#open.get(out)!;
      stage.before = name;
    } else this.#continue(stage, out, name);
    stage.functions.push(f);
    stage.value = out;
    stage.order = this.view(out).index;
  }

  #continue(stage: LinearStage, out: string, name: string): void {
    this.#views.set(out, this.view(name));
    this.#open.delete(name);
    this.#open.set(out, stage);
  }

  /** The stage behind a value if a linear change of it can be folded in: no function yet, elements in their own order. */
  #foldable(name: string): LinearStage | undefined {
    const stage = this.#extensible(name);
    return stage && stage.functions.length === 0 && !this.view(name).index ? stage : undefined;
  }

  /** out = in·factor + shift, both broadcast; folded into weights and bias where possible */
  affine(out: string, name: string, factor: Tensor | undefined, shift: Tensor | undefined): void {
    const shape = this.#shape(out);
    const chain = this.#extensible(name);
    if (chain?.functions.length && (factor?.data.length ?? 1) === 1 && (shift?.data.length ?? 1) === 1) {
      const [a, b] = [factor?.data[0] ?? 1, shift?.data[0] ?? 0];
      chain.functions.push({ name: `${a}·x + ${b}`, apply: (x) => a * x + b });
      chain.value = out;
      chain.where = `${chain.where}, ${this.where}`;
      this.#continue(chain, out, name);
      chain.order = this.view(out).index;
      return;
    }
    const stage = this.#foldable(name);
    if (stage && (factor || shift)) {
      const full = factor && broadcastTo(factor, shape);
      const terms = full ? stage.terms.map((term) => kindOf(term).scaled(term, full, stage.shape)) : stage.terms;
      if (terms.every((term) => term !== undefined)) {
        const product =
          full && stage.constant
            ? real(
                stage.shape,
                broadcastTo(stage.constant, stage.shape).map((x, e) => x * full[e]!),
              )
            : stage.constant;
        stage.terms = terms as Term[];
        stage.constant = shift ? added(product, shift, shape, stage.shape) : product;
        stage.before = out;
        stage.value = out;
        stage.where = `${stage.where}, ${this.where}`;
        this.#continue(stage, out, name);
        return;
      }
    }
    const weights = factor ?? real([], Float64Array.of(1));
    this.#add(out, [{ kind: 'scale', source: this.view(name), factorShape: weights.shape, shape, weights: weights.data }], shift);
  }

  /** out = a + sign·b, two computed values with equally many elements */
  sum(out: string, a: string, b: string, sign: 1 | -1): void {
    const shape = this.#shape(out);
    const open = (name: string): LinearStage | undefined => {
      const stage = this.#foldable(name);
      return stage?.terms.some(isProduct) ? undefined : stage;
    };
    const [stageA, stageB] = a === b ? [undefined, undefined] : [open(a), open(b)];
    const term = (name: string, factor: number, target: Shape): Term => ({
      kind: 'scale',
      source: this.view(name),
      factorShape: [],
      shape: target,
      weights: Float64Array.of(factor),
    });
    const into = stageA ?? (sign === 1 ? stageB : undefined);
    if (!into) {
      this.#add(out, [term(a, 1, shape), term(b, sign, shape)], undefined);
      return;
    }
    const [kept, other] = into === stageA ? [a, b] : [b, a];
    into.terms.push(term(other, into === stageA ? sign : 1, into.shape));
    into.before = out;
    into.value = out;
    into.where = `${into.where}, ${this.where}`;
    this.#continue(into, out, kept);
  }

  /** out = Σ ±in in the sources' own integers, or what `kind` makes of it */
  exact(out: string, parts: readonly { name: string; sign: 1 | -1 }[], kind: Exact, more: { ties?: Tensor; left?: Left } = {}): void {
    const shape = this.#shape(out);
    const terms = parts.map(
      ({ name, sign }): Term => ({ kind: 'scale', source: this.view(name), factorShape: [], shape, weights: Float64Array.of(sign) }),
    );
    this.#add(out, terms, undefined);
    this.#open.get(out)!.exact = { kind, ...more };
    this.#open.delete(out);
  }

  /** out = what the rows of zeros and at most a one, the first factor, choose of the second, in its own integers */
  chosen(out: string, term: Term): void {
    this.#add(out, [term], undefined);
    this.#open.get(out)!.exact = { kind: 'chosen' };
    this.#open.delete(out);
  }

  maximum(out: string, name: string, planes: Planes): void {
    const id = `#${this.#count++} ${out}`;
    this.#stages.set(id, { kind: 'maximum', id, shape: this.#shape(out), source: this.view(name), planes, value: out, where: this.where });
    this.#views.set(out, { root: id });
  }

  /** out has the elements of in; `index[i]` is the place in `in` of element i of out, or the order is the same */
  relabel(out: string, name: string, index?: Int32Array): void {
    const { root, index: inner } = this.view(name);
    const composed = index && inner ? index.map((i) => inner[i]!) : (index ?? inner);
    const stage = this.#extensible(name);
    this.#views.set(out, { root, ...(composed ? { index: composed } : {}) });
    if (!stage) return;
    this.#open.delete(name);
    this.#open.set(out, stage);
  }

  #known(name: string): KnownRange | undefined {
    const facts = this.known.get(name);
    return (
      facts &&
      resolved(facts, (like) => {
        const constant = this.constants.get(like);
        if (!constant) return this.#views.get(like);
        const limits = (pick: (...list: number[]) => number): number => constant.data.reduce((most, x) => pick(most, x), 0);
        return { limits: [limits(Math.min), limits(Math.max)] };
      })
    );
  }

  /** Stages in topological order: a fused sum may read a stage that was made later. */
  finish(outputs: readonly string[]): StageGraph {
    const results = outputs.map((name) => ({ name, shape: this.#shape(name), view: this.view(name) }));
    const order: Stage[] = [];
    const state = new Map<string, 'open' | 'done'>();
    const pending: { id: string; leave: boolean }[] = results.map(({ view }) => ({ id: view.root, leave: false })).reverse();
    while (pending.length) {
      const { id, leave } = pending.pop()!;
      const stage = this.#stages.get(id);
      if (!stage || state.get(id) === 'done') continue;
      if (leave) {
        state.set(id, 'done');
        order.push(stage);
        continue;
      }
      if (state.get(id) === 'open') throw bug(`stage ${id} reads itself`);
      state.set(id, 'open');
      const role = this.roles.get(stage.value);
      if (role !== undefined) stage.role = role;
      if (stage.kind === 'linear') {
        checkFinite(stage);
        stage.whole = { before: this.whole.has(stage.before), result: this.whole.has(stage.value) };
        stage.known = { before: this.#known(stage.before), result: this.#known(stage.value) };
      }
      pending.push({ id, leave: true });
      for (const { root } of sourcesOf(stage)) if (state.get(root) !== 'done') pending.push({ id: root, leave: false });
    }
    return { inputs: this.#inputs, stages: order, outputs: results };
  }
}

/** @throws ZK0504 if a weight or the constant is infinite or no number */
function checkFinite({ terms, constant, where }: LinearStage): void {
  for (const list of [...terms.map(({ weights }) => weights), ...(constant ? [constant.data] : [])]) {
    if (!allFinite(list))
      throw usage('ZK0504', {
        what: `a weight or a constant of a layer is ${list.find((value) => !Number.isFinite(value))}`,
        where,
        fix: 'weights must be finite numbers',
      });
  }
}

/** constant + shift, counted in the stage's shape; the shift broadcasts to the shape of the value it was added to */
function added(constant: Tensor | undefined, shift: Tensor, shape: Shape, stageShape: Shape): Tensor {
  const same = sameShape(shape, stageShape);
  const own = same ? shift : real(stageShape, broadcastTo(shift, shape));
  if (!constant) return own;
  const sum = broadcastShape(constant.shape, own.shape, 'constant');
  const [x, y] = [broadcastTo(constant, sum), broadcastTo(own, sum)];
  return real(
    sum,
    x.map((value, e) => value + y[e]!),
  );
}
