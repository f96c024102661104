// Attention (ONNX 23-24): softmax(scale · Q·Kᵀ + bias) · V for several heads, with constant or computed masks and a cache of earlier keys.
// Source: onnx.ai/onnx/operators, onnx/reference/ops/op_attention.py. A mask is never a large negative number here: what it excludes counts as
// the least of its row for the maximum, and as 0 in the sum. Caveat: a computed bias that masks by large numbers is added as it is.
import { listOf, realsOf } from '../onnx/budget.ts';
import { broadcastShape, broadcastTo, real, type Shape, type Tensor } from '../onnx/tensor.ts';
import { FLOAT } from '../onnx/tensor-proto.ts';
import { integers } from './along.ts';
import { type ExpandedNode, expanding, type NodeContext } from './operator.ts';

/** biases from here down leave nothing in a sum of float32 exponentials */
const MASKED_BELOW = -1000;
/** a row that is not wholly masked sums to 1 at least: its largest element counts 1 */
const LEAST_SUM = 0.5;

const number = (value: number): Tensor => real([], Float64Array.of(value));
export const clipped = (from: string, out: string, min: number, max: number): ExpandedNode => ({
  operator: 'Clip',
  inputs: [from, number(min), number(max)],
  outputs: [out],
  attributes: { min, max },
});

/** `out` = softmax along the last axis over what is allowed (1, not 0); a row of which nothing is allowed becomes 0. */
export function maskedSoftmax(x: string, allowed: string | Tensor, out: string): ExpandedNode[] {
  const n = (what: string): string => `${out} ${what}`;
  const attributes = { axes: [-1], keepdims: 1 };
  return [
    { operator: 'ReduceMin', inputs: [x], outputs: [n('least')], attributes },
    { operator: 'Where', inputs: [allowed, x, n('least')], outputs: [n('kept')] },
    { operator: 'ReduceMax', inputs: [n('kept')], outputs: [n('most')], attributes },
    { operator: 'Sub', inputs: [x, n('most')], outputs: [n('rest')] },
    clipped(n('rest'), n('below'), Number.NEGATIVE_INFINITY, 0),
    { operator: 'Exp', inputs: [n('below')], outputs: [n('powers')] },
    { operator: 'Cast', inputs: [allowed], outputs: [n('shares')], attributes: { to: FLOAT } },
    { operator: 'Mul', inputs: [n('powers'), n('shares')], outputs: [n('weights')] },
    { operator: 'ReduceSum', inputs: [n('weights')], outputs: [n('sum')], attributes: { axes: [-1], keepdims: 1 } },
    clipped(n('sum'), n('total'), LEAST_SUM, Number.POSITIVE_INFINITY),
    { operator: 'Reciprocal', inputs: [n('total')], outputs: [n('inverse')] },
    { operator: 'Mul', inputs: [n('weights'), n('inverse')], outputs: [out] },
  ];
}

/** What is added to the scores, and what of them counts at all. */
export interface Masking {
  biases: (string | Tensor)[];
  /** constant: all of them together */
  allowed: Tensor | undefined;
  /** computed */
  gates: string[];
}

/** a && b of two constant masks */
function both(a: Tensor | undefined, b: Tensor, where: string): Tensor {
  if (!a) return b;
  const shape = broadcastShape(a.shape, b.shape, where);
  const [x, y] = [broadcastTo(a, shape), broadcastTo(b, shape)];
  return { shape, data: realsOf(x.length, (e) => Number(x[e] !== 0 && y[e] !== 0)), kind: 'integer' };
}

/** Takes a mask in: a boolean one allows, a real one is added; of a constant one, what is lower than any score excludes. */
export function addMask(
  masking: Masking,
  { value, known, boolean }: { value: string; known: Tensor | undefined; boolean: boolean },
  where: string,
): void {
  if (boolean) {
    if (known) masking.allowed = both(masking.allowed, known, where);
    else masking.gates.push(value);
    return;
  }
  if (!known) {
    masking.biases.push(value);
    return;
  }
  const excluded = known.data.some((x) => x <= MASKED_BELOW);
  if (excluded)
    masking.allowed = both(masking.allowed, { ...known, kind: 'integer', data: known.data.map((x) => Number(x > MASKED_BELOW)) }, where);
  const rest = { ...known, data: known.data.map((x) => (x <= MASKED_BELOW ? 0 : x)) };
  if (rest.data.some((x) => x !== 0)) masking.biases.push(rest);
}

/** How far keys may lie from a query's own place, and how many there are. */
interface Sight {
  queries: number;
  keys: number;
  /** keys before the first query's own: one number, or one for each sample of the batch */
  offsets: readonly number[];
}

/** Key j may be seen by query i where j - i - offset lies in [from, to]. */
export function limitSight(
  masking: Masking,
  { queries, keys, offsets }: Sight,
  [from, to]: readonly [number, number],
  where: string,
): void {
  const area = queries * keys;
  const data = realsOf(offsets.length * area, (e) => {
    const distance = (e % keys) - (Math.floor(e / keys) % queries) - offsets[Math.floor(e / area)]!;
    return Number(distance >= from && distance <= to);
  });
  const shape = offsets.length === 1 ? [queries, keys] : [offsets.length, 1, queries, keys];
  if (data.some((x) => x === 0)) masking.allowed = both(masking.allowed, { shape, data, kind: 'integer' }, where);
}

/** The parts of attention over [batch, heads, length, size], all named after `out`. */
export function attend(
  { q, k, v }: { q: string; k: string; v: string },
  { scale, softcap, masking }: { scale: number; softcap: number; masking: Masking },
  out: string,
): { nodes: ExpandedNode[]; products: string; capped: string; biased: string; probabilities: string } {
  const n = (what: string): string => `${out} ${what}`;
  const nodes: ExpandedNode[] = [
    { operator: 'Transpose', inputs: [k], outputs: [n('keys')], attributes: { perm: [0, 1, 3, 2] } },
    { operator: 'MatMul', inputs: [q, n('keys')], outputs: [n('raw')] },
    { operator: 'Mul', inputs: [n('raw'), number(scale)], outputs: [n('scores')] },
  ];
  let scores = n('scores');
  if (softcap > 0) {
    nodes.push(
      { operator: 'Mul', inputs: [scores, number(1 / softcap)], outputs: [n('small')] },
      { operator: 'Tanh', inputs: [n('small')], outputs: [n('bounded')] },
      { operator: 'Mul', inputs: [n('bounded'), number(softcap)], outputs: [n('capped')] },
    );
    scores = n('capped');
  }
  const capped = scores;
  for (const [i, bias] of masking.biases.entries()) {
    nodes.push({ operator: 'Add', inputs: [scores, bias], outputs: [n(`biased ${i}`)] });
    scores = n(`biased ${i}`);
  }
  const probabilities = n('probabilities');
  const { allowed, gates } = masking;
  const [first, ...more] = gates;
  if (first === undefined && !allowed)
    nodes.push({ operator: 'Softmax', inputs: [scores], outputs: [probabilities], attributes: { axis: -1 } });
  else {
    let gate: string | Tensor = first ?? allowed!;
    for (const [i, other] of [...more, ...(first !== undefined && allowed ? [allowed] : [])].entries()) {
      nodes.push({ operator: 'Mul', inputs: [gate, other], outputs: [n(`gate ${i}`)] });
      gate = n(`gate ${i}`);
    }
    nodes.push(...maskedSoftmax(scores, gate, probabilities));
  }
  nodes.push({ operator: 'MatMul', inputs: [probabilities, v], outputs: [out] });
  return { nodes, products: n('scores'), capped, biased: scores, probabilities };
}

/** [batch, length, heads · size] -> [batch, heads, length, size] */
export function splitHeads(
  x: string,
  [batch, length, width]: readonly [number, number, number],
  heads: number,
  out: string,
): ExpandedNode[] {
  return [
    { operator: 'Reshape', inputs: [x, integers(batch, length, heads, width / heads)], outputs: [`${out} apart`] },
    { operator: 'Transpose', inputs: [`${out} apart`], outputs: [out], attributes: { perm: [0, 2, 1, 3] } },
  ];
}

/** [batch, heads, length, size] -> [batch, length, heads · size] */
export function joinHeads(x: string, [batch, heads, length, size]: readonly [number, number, number, number], out: string): ExpandedNode[] {
  return [
    { operator: 'Transpose', inputs: [x], outputs: [`${out} side by side`], attributes: { perm: [0, 2, 1, 3] } },
    { operator: 'Reshape', inputs: [`${out} side by side`, integers(batch, length, heads * size)], outputs: [out] },
  ];
}

/** Each head of keys or values for several heads of queries that follow each other. */
export function repeatHeads(x: string, [batch, heads, length, size]: readonly number[], times: number, out: string): ExpandedNode[] {
  return [
    { operator: 'Reshape', inputs: [x, integers(batch!, heads!, 1, length!, size!)], outputs: [`${out} single`] },
    { operator: 'Expand', inputs: [`${out} single`, integers(batch!, heads!, times, length!, size!)], outputs: [`${out} groups`] },
    { operator: 'Reshape', inputs: [`${out} groups`, integers(batch!, heads! * times, length!, size!)], outputs: [out] },
  ];
}

type FourSizes = [number, number, number, number];

/** An input as [batch, heads, length, size]. */
function headed(
  context: NodeContext,
  i: number,
  attribute: string,
  nodes: ExpandedNode[],
  out: string,
): { name: string; shape: FourSizes } {
  const shape = context.rank(i, 3, 4);
  const name = context.node.inputs[i]!;
  if (shape.length === 4) return { name, shape: [...shape] as FourSizes };
  const heads = context.integer(attribute, 0);
  const sizes = shape as unknown as [number, number, number];
  if (heads < 1 || sizes[2] % heads !== 0) throw context.invalid(`${attribute} = ${heads} for ${sizes[2]} features`);
  nodes.push(...splitHeads(name, sizes, heads, out));
  return { name: out, shape: [sizes[0], heads, sizes[1], sizes[2] / heads] };
}

/** The mask input as wide as the keys: what is missing is excluded. */
function widened(context: NodeContext, keys: number, masking: Masking, nodes: ExpandedNode[], out: string): void {
  if (!context.has(3)) return;
  const shape = context.shape(3);
  const boolean = context.types[3] === 'integer';
  const missing = keys - (shape.at(-1) ?? keys);
  const value = context.node.inputs[3]!;
  if (missing < 0) throw context.invalid(`a mask of shape [${shape}] for ${keys} keys`);
  if (missing === 0) {
    addMask(masking, { value, known: context.constants[3], boolean }, context.where);
    return;
  }
  const known = context.constants[3];
  if (known) {
    const width = keys - missing;
    const fill = boolean ? 0 : Number.NEGATIVE_INFINITY;
    const data = realsOf((known.data.length / width) * keys, (e) =>
      e % keys < width ? known.data[Math.floor(e / keys) * width + (e % keys)]! : fill,
    );
    addMask(masking, { value, known: { ...known, shape: [...shape.slice(0, -1), keys], data }, boolean }, context.where);
    return;
  }
  const pads = integers(...shape.map(() => 0), ...shape.map((_, axis) => (axis === shape.length - 1 ? missing : 0)));
  nodes.push({ operator: 'Pad', inputs: [value, pads], outputs: [out], attributes: { pads: [...pads.data] } });
  addMask(masking, { value: out, known: undefined, boolean }, context.where);
  const seen: Tensor = { shape: [keys], data: realsOf(keys, (j) => Number(j < keys - missing)), kind: 'integer' };
  masking.allowed = both(masking.allowed, seen, context.where);
}

export const Attention = expanding((context) => {
  const [y, presentKey, presentValue, scoresOut] = context.node.outputs as [string, string?, string?, string?];
  const out = context.node.outputs.find((name) => name !== '')!;
  const n = (what: string): string => `${out} ${what}`;
  const nodes: ExpandedNode[] = [];
  const q = headed(context, 0, 'q_num_heads', nodes, n('queries'));
  const k = headed(context, 1, 'kv_num_heads', nodes, n('new keys'));
  const v = headed(context, 2, 'kv_num_heads', nodes, n('new values'));
  let past = 0;
  for (const [i, tensor, present] of [
    [4, k, presentKey],
    [5, v, presentValue],
  ] as const) {
    if (context.has(i)) {
      const earlier = context.rank(i, 4);
      past = earlier[2]!;
      const name = present || n(`all of input ${i}`);
      nodes.push({ operator: 'Concat', inputs: [context.node.inputs[i]!, tensor.name], outputs: [name], attributes: { axis: 2 } });
      [tensor.name, tensor.shape[2]] = [name, past + tensor.shape[2]];
    } else if (present) {
      nodes.push({ operator: 'Identity', inputs: [tensor.name], outputs: [present] });
    }
  }
  const [, heads, queries, size] = q.shape;
  const [, groups, keys] = k.shape;
  if (groups < 1 || heads % groups !== 0) throw context.invalid(`${heads} heads of queries, ${groups} of keys`);
  if (heads !== groups)
    for (const tensor of [k, v]) {
      const name = n(`${tensor === k ? 'keys' : 'values'} of all heads`);
      nodes.push(...repeatHeads(tensor.name, tensor.shape, heads / groups, name));
      [tensor.name, tensor.shape[1]] = [name, heads];
    }
  const masking: Masking = { biases: [], allowed: undefined, gates: [] };
  widened(context, keys, masking, nodes, n('mask'));
  const { where } = context;
  const lengths = context.has(6) ? [...context.constant(6, 'nonpad_kv_seqlen').data] : undefined;
  if (lengths) limitSight(masking, { queries: 1, keys, offsets: lengths }, [Number.NEGATIVE_INFINITY, -1], where);
  const sight: Sight = { queries, keys, offsets: lengths ? lengths.map((length) => length - queries) : [past] };
  const [left, right] = [context.integer('left_window_size', -1), context.integer('right_window_size', -1)];
  const last = context.integer('is_causal', 0) !== 0 ? 0 : Number.POSITIVE_INFINITY;
  limitSight(
    masking,
    sight,
    [left < 0 ? Number.NEGATIVE_INFINITY : -left, Math.min(last, right < 0 ? Number.POSITIVE_INFINITY : right)],
    where,
  );
  const settings = { scale: context.float('scale', 1 / Math.sqrt(size)), softcap: context.float('softcap', 0), masking };
  const three = context.shape(0).length === 3;
  const result = three || !y ? n('heads') : y;
  const parts = attend({ q: q.name, k: k.name, v: v.name }, settings, result);
  nodes.push(...parts.nodes);
  if (three && y) nodes.push(...joinHeads(result, [q.shape[0], heads, queries, v.shape[3]], y));
  if (scoresOut) {
    const mode = context.integer('qk_matmul_output_mode', 0);
    if (mode === 2 && (masking.allowed || masking.gates.length))
      throw context.unsupported('masked scores as an output', 'qk_matmul_output_mode 0, 1 and 3');
    const value = [parts.products, parts.capped, parts.biased, parts.probabilities][mode];
    if (value === undefined) throw context.invalid(`qk_matmul_output_mode ${mode}`);
    nodes.push({ operator: 'Identity', inputs: [value], outputs: [scoresOut] });
  }
  return nodes;
});

/** cos and sin for every element of the last axis, of which `width` are turned: halves, or neighbours */
function spreadAngles(angles: string | Tensor, shape: Shape, interleaved: boolean, sign: number, out: string): ExpandedNode[] {
  const half = shape.at(-1)!;
  const nodes: ExpandedNode[] = [{ operator: 'Mul', inputs: [angles, number(sign)], outputs: [`${out} first`] }];
  if (!interleaved)
    return [...nodes, { operator: 'Concat', inputs: [`${out} first`, angles], outputs: [out], attributes: { axis: shape.length - 1 } }];
  const column = integers(...shape, 1);
  return [
    ...nodes,
    { operator: 'Reshape', inputs: [`${out} first`, column], outputs: [`${out} left`] },
    { operator: 'Reshape', inputs: [angles, column], outputs: [`${out} right`] },
    { operator: 'Concat', inputs: [`${out} left`, `${out} right`], outputs: [`${out} pairs`], attributes: { axis: shape.length } },
    { operator: 'Reshape', inputs: [`${out} pairs`, integers(...shape.slice(0, -1), 2 * half)], outputs: [out] },
  ];
}

/** Where a rotary embedding finds what it reads. */
export interface Rotary {
  positions: number | undefined;
  cos: number;
  sin: number;
}

/**
 * x · cos + (x turned by a right angle) · sin, in pairs of elements of a head.
 * @param at inputs of the node
 */
export function rotary(context: NodeContext, at: Rotary): ExpandedNode[] {
  const shape = context.rank(0, 3, 4);
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const n = (what: string): string => `${out} ${what}`;
  const interleaved = context.integer('interleaved', 0) !== 0;
  const half = context.shape(at.cos).at(-1)!;
  const three = shape.length === 3;
  const heads = three ? context.integer('num_heads', 0) || shape[2]! / (2 * half) : shape[1]!;
  const [batch, length, size] = three ? [shape[0]!, shape[1]!, shape[2]! / heads] : [shape[0]!, shape[2]!, shape[3]!];
  const width = context.integer('rotary_embedding_dim', 0) || size;
  if (width !== 2 * half || width > size || !Number.isInteger(size))
    throw context.invalid(`angles for ${2 * half} of ${size} elements of a head`);
  const nodes: ExpandedNode[] = [];
  const wide = three ? [batch, length, heads, size] : [...shape];
  if (three) nodes.push({ operator: 'Reshape', inputs: [x, integers(...wide)], outputs: [n('heads')] });
  const source = three ? n('heads') : x;
  const angles = (i: number, what: string, sign: number): string => {
    const given = context.node.inputs[i]!;
    const rows = at.positions === undefined ? given : n(`${what} rows`);
    if (at.positions !== undefined)
      nodes.push({ operator: 'Gather', inputs: [given, context.node.inputs[at.positions]!], outputs: [rows], attributes: { axis: 0 } });
    const [first] = at.positions === undefined ? context.shape(i) : context.shape(at.positions);
    const shaped = three ? [first!, length, 1, half] : [first!, 1, length, half];
    nodes.push({ operator: 'Reshape', inputs: [rows, integers(...shaped)], outputs: [n(`${what} shaped`)] });
    nodes.push(...spreadAngles(n(`${what} shaped`), shaped, interleaved, sign, n(what)));
    return n(what);
  };
  const [cos, sin] = [angles(at.cos, 'cos', 1), angles(at.sin, 'sin', -1)];
  const columns = listOf(width, (i) => (interleaved ? i + (i % 2 ? -1 : 1) : (i + half) % width));
  const first = listOf(width, (i) => i);
  const pick = (list: readonly number[], what: string): string => {
    nodes.push({ operator: 'Gather', inputs: [source, integers(...list)], outputs: [n(what)], attributes: { axis: 3 } });
    return n(what);
  };
  const turning = width === size ? source : pick(first, 'turning');
  const rest = listOf(size - width, (i) => width + i);
  const turned = rest.length || three ? n('turned') : out;
  nodes.push(
    { operator: 'Mul', inputs: [turning, cos], outputs: [n('along')] },
    { operator: 'Mul', inputs: [pick(columns, 'partners'), sin], outputs: [n('across')] },
    { operator: 'Add', inputs: [n('along'), n('across')], outputs: [turned] },
  );
  const whole = rest.length ? (three ? n('whole') : out) : turned;
  if (rest.length)
    nodes.push({ operator: 'Concat', inputs: [turned, pick(rest, 'left as it is')], outputs: [whole], attributes: { axis: 3 } });
  if (three) nodes.push({ operator: 'Reshape', inputs: [whole, integers(...shape)], outputs: [out] });
  return nodes;
}

export const RotaryEmbedding = expanding((context) => rotary(context, { positions: context.has(3) ? 3 : undefined, cos: 1, sin: 2 }));
