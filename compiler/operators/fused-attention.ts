// Attention as onnxruntime's optimiser writes it (domain com.microsoft): Attention of one tensor and one matrix, MultiHeadAttention of queries,
// keys and values, RotaryEmbedding. Source: onnxruntime, docs/ContribOperators.md and attention_helper.h. Its masks add a large negative number
// for a key that is padding, and a much larger one for a later key: a row of which nothing is left attends to the keys with the smallest one.
// Caveat: no cache of earlier keys, no packed batches.
import { realsOf } from '../onnx/budget.ts';
import type { Tensor } from '../onnx/tensor.ts';
import { integers } from './along.ts';
import { addMask, attend, joinHeads, limitSight, type Masking, rotary, splitHeads } from './attention.ts';
import { type ExpandedNode, expanding, type NodeContext } from './operator.ts';

type Sizes = readonly [batch: number, length: number, width: number];

/** Where a mask of keys is among the inputs, and a bias of the scores; and what they mask. */
interface Place {
  mask: number;
  bias: number;
  batch: number;
  queries: number;
  keys: number;
}

/** The mask of keys as [batch, 1, 1 or queries, keys] of ones and zeros. */
function keyMask(context: NodeContext, { mask, batch, queries, keys }: Place, out: string): ExpandedNode[] {
  const shape = context.shape(mask);
  const input = context.node.inputs[mask]!;
  const [rank] = [shape.length];
  const flat = rank === 1 && shape[0] === batch;
  const fits = rank === 2 ? shape[1] === keys : rank === 3 && shape[1] === queries && shape[2] === keys;
  if (!flat && (!fits || shape[0] !== batch))
    throw context.unsupported(
      `a mask of shape [${shape}] for ${batch} × ${queries} queries and ${keys} keys`,
      'masks [batch, keys] and [batch, queries, keys], lengths [batch]',
    );
  if (flat) {
    const places: Tensor = { shape: [keys], data: realsOf(keys, (j) => j), kind: 'integer' };
    return [
      { operator: 'Reshape', inputs: [input, integers(batch, 1, 1, 1)], outputs: [`${out} lengths`] },
      { operator: 'Less', inputs: [places, `${out} lengths`], outputs: [out] },
    ];
  }
  return [
    { operator: 'Reshape', inputs: [input, integers(batch, 1, rank === 2 ? 1 : queries, keys)], outputs: [`${out} axes`] },
    { operator: 'Above', inputs: [`${out} axes`], outputs: [out] },
  ];
}

/** What the node masks, and the nodes that compute it. */
function maskingOf(context: NodeContext, place: Place, out: string): { masking: Masking; nodes: ExpandedNode[] } {
  const masking: Masking = { biases: [], allowed: undefined, gates: [] };
  const nodes: ExpandedNode[] = [];
  const { queries, keys } = place;
  const causal = context.integer('unidirectional', 0) !== 0;
  const limit = (target: Masking): void =>
    limitSight(target, { queries, keys, offsets: [keys - queries] }, [Number.NEGATIVE_INFINITY, 0], context.where);
  if (context.has(place.bias))
    addMask(masking, { value: context.node.inputs[place.bias]!, known: context.constants[place.bias], boolean: false }, context.where);
  if (!context.has(place.mask)) {
    if (causal) limit(masking);
    return { masking, nodes };
  }
  const seen = `${out} seen`;
  nodes.push(...keyMask(context, place, seen));
  let level = seen;
  if (causal) {
    const early: Masking = { biases: [], allowed: undefined, gates: [] };
    limit(early);
    if (early.allowed) {
      level = `${out} level`;
      const order = { ...early.allowed, data: early.allowed.data.map((x) => 2 * x) };
      nodes.push({ operator: 'Add', inputs: [seen, order], outputs: [level] });
    }
  }
  nodes.push(
    { operator: 'ReduceMax', inputs: [level], outputs: [`${out} most`], attributes: { axes: [-1], keepdims: 1 } },
    { operator: 'Equal', inputs: [level, `${out} most`], outputs: [`${out} gate`] },
  );
  masking.gates.push(`${out} gate`);
  return { masking, nodes };
}

const headsOf = (context: NodeContext, width: number): number => {
  const heads = context.integer('num_heads', 0);
  if (heads < 1 || width % heads !== 0) throw context.invalid(`${width} columns for ${heads} heads`);
  return heads;
};

/** Softmax(scale · Q·Kᵀ + mask) · V of tensors [batch, length, heads · size]. */
function attention(
  context: NodeContext,
  names: readonly [q: string, k: string, v: string],
  sizes: readonly [q: Sizes, k: Sizes, v: Sizes],
  at: Pick<Place, 'mask' | 'bias'>,
): ExpandedNode[] {
  const out = context.node.outputs[0]!;
  const n = (what: string): string => `${out} ${what}`;
  const [[batch, queries, width], [, keys], [, , wide]] = sizes;
  const heads = headsOf(context, width);
  headsOf(context, wide);
  const { masking, nodes } = maskingOf(context, { ...at, batch, queries, keys }, n('mask'));
  const scale = context.float('scale', 0) || 1 / Math.sqrt(width / heads);
  const split = names.map((name, i) => splitHeads(name, sizes[i]!, heads, n(`heads ${i}`)));
  const parts = attend({ q: n('heads 0'), k: n('heads 1'), v: n('heads 2') }, { scale, softcap: 0, masking }, n('heads'));
  return [...nodes, ...split.flat(), ...parts.nodes, ...joinHeads(n('heads'), [batch, heads, queries, wide / heads], out)];
}

/** x · weights + bias, cut into queries, keys and values */
export const FusedAttention = expanding((context) => {
  const [batch, length, depth] = context.rank(0, 3) as unknown as Sizes;
  const [rows, columns] = context.rank(1, 2) as unknown as [number, number];
  if (context.has(4) || context.node.outputs[1]) throw context.unsupported('earlier keys and values', 'none');
  if (context.integer('do_rotary', 0) !== 0) throw context.unsupported('do_rotary = 1', 'RotaryEmbedding as a node');
  const sizes = context.integers('qkv_hidden_sizes') ?? [columns / 3, columns / 3, columns / 3];
  if (rows !== depth || sizes.length !== 3 || sizes[0] !== sizes[1] || sizes.reduce((a, b) => a + b, 0) !== columns)
    throw context.invalid(`weights of shape [${rows}, ${columns}] for ${depth} features, and parts of ${sizes}`);
  const [x, weights, bias] = context.node.inputs as [string, string, string?];
  const n = (what: string): string => `${context.node.outputs[0]} ${what}`;
  const nodes: ExpandedNode[] = [{ operator: 'MatMul', inputs: [x, weights], outputs: [n('product')] }];
  if (context.has(2)) nodes.push({ operator: 'Add', inputs: [n('product'), bias!], outputs: [n('shifted')] });
  const names = [n('queries'), n('keys'), n('values')] as const;
  const parts = { inputs: [context.has(2) ? n('shifted') : n('product'), integers(...sizes)], attributes: { axis: 2, split: sizes } };
  const wide = sizes.map((size): Sizes => [batch, length, size]) as unknown as [Sizes, Sizes, Sizes];
  return [...nodes, { operator: 'Split', ...parts, outputs: names }, ...attention(context, names, wide, { mask: 3, bias: 5 })];
});

/** queries, keys, values, each with its part of a bias */
export const MultiHeadAttention = expanding((context) => {
  if (context.has(6) || context.has(7) || context.node.outputs[1] || context.node.outputs[2])
    throw context.unsupported('earlier keys and values', 'none');
  if (!context.has(1) || !context.has(2)) throw context.unsupported('queries, keys and values in one tensor', 'three tensors');
  const sizes = [0, 1, 2].map((i) => context.rank(i, 3)) as unknown as [Sizes, Sizes, Sizes];
  const names = context.node.inputs.slice(0, 3) as [string, string, string];
  const nodes: ExpandedNode[] = [];
  const at = { mask: 4, bias: 5 };
  if (!context.has(3)) return attention(context, names, sizes, at);
  const out = context.node.outputs[0]!;
  const widths = sizes.map(([, , width]) => width);
  nodes.push({
    operator: 'Split',
    inputs: [context.node.inputs[3]!, integers(...widths)],
    outputs: names.map((_, i) => `${out} bias ${i}`),
    attributes: { axis: 0, split: widths },
  });
  for (const [i, name] of names.entries())
    nodes.push({ operator: 'Add', inputs: [name, `${out} bias ${i}`], outputs: [`${out} shifted ${i}`] });
  return [...nodes, ...attention(context, [`${out} shifted 0`, `${out} shifted 1`, `${out} shifted 2`], sizes, at)];
});

/** places of the angles as input 1: one for each element of the sequence, or only the first */
export const FusedRotaryEmbedding = expanding((context) => {
  if (context.integer('is_packed_batching', 0) !== 0) throw context.unsupported('packed batches', 'is_packed_batching = 0');
  if (context.float('scale', 1) !== 1) throw context.unsupported(`scale = ${context.float('scale', 1)}`, 'scale = 1');
  if (context.shape(1).length !== 2)
    throw context.unsupported(`places of shape [${context.shape(1)}]`, 'a place for every element, of shape [batch, length]');
  return rotary(context, { positions: 1, cos: 2, sin: 3 });
});
