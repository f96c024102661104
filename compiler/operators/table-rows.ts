// Rows of a table at computed indices (Gather): a one-hot row times the table. Of a large constant table, as embeddings have it, first the block
// that the row is in, then the row of the block: the index is cut into two digits, bit by bit. Source: DESIGN §6, AIR.md §6 (dense, attention).
// Caveat: the whole table passes through the multiplications once for sixteen indices, as in a matrix product.
import { LANES } from '../../vm/program/isa.ts';
import { listOf } from '../onnx/budget.ts';
import { elementsOf, type Shape, type Tensor } from '../onnx/tensor.ts';
import { FLOAT } from '../onnx/tensor-proto.ts';
import { integers } from './along.ts';
import { oneHot } from './choose.ts';
import { type ExpandedNode, type NodeContext, pointwise } from './operator.ts';

const number = (value: number): Tensor => ({ shape: [], data: Float64Array.of(value), kind: 'integer' });

/** Rows of a matrix at computed indices: one-hot rows times the matrix. Of a large one a block first, and then a row of the block. */
export function gatheredRows(context: NodeContext, data: Shape, axis: number): ExpandedNode[] {
  const [[x, indices], [out]] = [context.node.inputs as [string, string], context.node.outputs as [string]];
  const shape = context.shape(1);
  const size = data[axis]!;
  const rest = data.filter((_, a) => a !== axis);
  const count = elementsOf(shape);
  const perm = [axis, ...data.map((_, a) => a).filter((a) => a !== axis)];
  // [indices…, rest…] -> [before the axis…, indices…, behind it…]
  const back = [
    ...rest.slice(0, axis).map((_, a) => shape.length + a),
    ...shape.map((_, a) => a),
    ...rest.slice(axis).map((_, a) => shape.length + axis + a),
  ];
  const table: ExpandedNode[] = [
    { operator: 'Transpose', inputs: [x], outputs: [`${out} table axes`], attributes: { perm } },
    { operator: 'Reshape', inputs: [`${out} table axes`, integers(size, elementsOf(rest))], outputs: [`${out} table`] },
  ];
  const placed: ExpandedNode[] = [
    { operator: 'Reshape', inputs: [`${out} product`, integers(...shape, ...rest)], outputs: [`${out} axes`] },
    { operator: 'Transpose', inputs: [`${out} axes`], outputs: [out], attributes: { perm: back } },
  ];
  const whole = context.types[0] === 'integer';
  const width = elementsOf(rest);
  const low = context.constants[0] ? blockDigits(size, width, count) : 0;
  if (low) return [...table, ...blockedRows(context, { size, width, count, whole, low }), ...placed];
  return [
    ...oneHot(context, indices, shape, size, `${out} chosen`, true),
    ...weightsOf(`${out} chosen`, whole),
    {
      operator: 'Reshape',
      inputs: [whole ? `${out} chosen` : `${out} chosen weights`, integers(count, size)],
      outputs: [`${out} rows`],
    },
    ...table,
    { operator: 'MatMul', inputs: [`${out} rows`, `${out} table`], outputs: [`${out} product`], known: { like: [x] } },
    ...placed,
  ];
}

/** ones and zeros as factors of real numbers, `${name} weights` */
const weightsOf = (name: string, whole: boolean): ExpandedNode[] =>
  whole ? [] : [{ operator: 'Cast', inputs: [name], outputs: [`${name} weights`], attributes: { to: FLOAT } }];

/** cells of a one or zero for sixteen indices (stored, and read by a product), of an entry of the table that makes it, and of an element that moves */
const [ONE, ENTRY, MOVED] = [300, 18, 420];

/**
 * Binary digits of a row's place in its block, 0 without blocks: few large blocks need few ones, but all elements of a block have to move.
 * Blocks have sixteen elements at least, a word.
 */
function blockDigits(size: number, width: number, count: number): number {
  const cells = (low: number): number =>
    Math.ceil(size / 2 ** low) * (ONE * Math.ceil(count / LANES) + 2 * ENTRY) + (low ? MOVED * count * width * 2 ** low : 0);
  const least = Math.max(1, Math.ceil(Math.log2(LANES / width)));
  const choices = listOf(Math.max(0, Math.ceil(Math.log2(size)) - least), (i) => least + i);
  return choices.reduce((best, low) => (cells(low) < cells(best) ? low : best), 0);
}

/** 1 for an index that counts from the end; an index outside the table is refused */
export const FromEnd = pointwise((context) => {
  const size = context.integer('size', 0);
  return {
    name: `index of ${size} from the end`,
    apply: (x) => (x < 0 ? 1 : 0),
    jumps: true,
    sign: true,
    result: 'integer',
    domain: { low: -size, plain: 0, high: size - 1 },
  };
});

/**
 * Row = block · 2^low + place: the block's number bit by bit from the top, each bit a comparison of the index with the bits before it, and what is
 * left. Nothing but bits is stored on the way, all sums are fused: stored numbers up to the table's size would need a table as long.
 * @param size of the table; an index from -size on counts from the end
 */
function digits(index: string, size: number, out: string, [bits, low]: [number, number]): ExpandedNode[] {
  const all = listOf(bits - low, (i) => bits - 1 - i);
  /** sign · the number that the given bits spell, which is `to` with its last factor */
  const spelled = (to: string, list: readonly number[], sign: 1 | -1, factor: number): ExpandedNode[] => {
    let sum = `${to} 0`;
    const nodes: ExpandedNode[] = [{ operator: 'Mul', inputs: [`${out} bit ${list[0]}`, number(sign)], outputs: [sum] }];
    for (const [i, bit] of list.slice(1).entries()) {
      nodes.push(
        { operator: 'Mul', inputs: [sum, number(2)], outputs: [`${to} twice ${i + 1}`] },
        { operator: sign === 1 ? 'Add' : 'Sub', inputs: [`${to} twice ${i + 1}`, `${out} bit ${bit}`], outputs: [`${to} ${i + 1}`] },
      );
      sum = `${to} ${i + 1}`;
    }
    return [...nodes, { operator: 'Mul', inputs: [sum, number(factor)], outputs: [to] }];
  };
  /** the index from the start, minus the bits that are known */
  const rest = (to: string, list: readonly number[]): ExpandedNode[] => {
    if (list.length === 0) return [{ operator: 'Add', inputs: [index, `${out} turn`], outputs: [to] }];
    return [
      ...spelled(`${to} bits`, list, -1, 2 ** list.at(-1)!),
      { operator: 'Add', inputs: [`${to} bits`, index], outputs: [`${to} index`] },
      { operator: 'Add', inputs: [`${to} index`, `${out} turn`], outputs: [to] },
    ];
  };
  const within = (list: ExpandedNode[], most: number): ExpandedNode[] => [
    ...list.slice(0, -1),
    { ...list.at(-1)!, known: { within: [0, most] } },
  ];
  return [
    { operator: 'FromEnd', inputs: [index], outputs: [`${out} from end`], attributes: { size } },
    { operator: 'Mul', inputs: [`${out} from end`, number(size)], outputs: [`${out} turn`] },
    ...all.flatMap((bit, i): ExpandedNode[] => [
      ...rest(`${out} rest ${bit}`, all.slice(0, i)),
      { operator: 'Sub', inputs: [`${out} rest ${bit}`, number(2 ** bit)], outputs: [`${out} excess ${bit}`] },
      { operator: 'NotBelow', inputs: [`${out} excess ${bit}`], outputs: [`${out} bit ${bit}`] },
    ]),
    ...within(rest(`${out} place`, all), 2 ** low - 1),
    ...within(spelled(`${out} block`, all, 1, 1), Math.ceil(size / 2 ** low) - 1),
  ];
}

/** `${out} product` from `${out} table` of constant rows: the block that the row is in, as a product with the whole table; then the row of the block. */
function blockedRows(
  context: NodeContext,
  { size, width, count, whole: integer, low }: { size: number; width: number; count: number; whole: boolean; low: number },
): ExpandedNode[] {
  const [[x, indices], [out]] = [context.node.inputs as [string, string], context.node.outputs as [string]];
  const bits = Math.ceil(Math.log2(size));
  const [blocks, rows] = [Math.ceil(size / 2 ** low), 2 ** low];
  const n = (what: string): string => `${out} ${what}`;
  const name = (of: string): string => (integer ? n(of) : n(`${of} weights`));
  const missing = blocks * rows - size;
  const hot = (digit: string, places: number): ExpandedNode[] => [
    ...oneHot(context, n(digit), [count], places, n(`${digit} chosen`), false),
    ...weightsOf(n(`${digit} chosen`), integer),
  ];
  return [
    { operator: 'Reshape', inputs: [indices, integers(count)], outputs: [n('flat')] },
    ...digits(n('flat'), size, out, [bits, low]),
    ...hot('block', blocks),
    ...hot('place', rows),
    { operator: 'Pad', inputs: [n('table'), integers(0, 0, missing, 0)], outputs: [n('padded')], attributes: { pads: [0, 0, missing, 0] } },
    { operator: 'Reshape', inputs: [n('padded'), integers(blocks, rows * width)], outputs: [n('table of blocks')] },
    { operator: 'MatMul', inputs: [name('block chosen'), n('table of blocks')], outputs: [n('block rows')], known: { like: [x] } },
    { operator: 'Reshape', inputs: [n('block rows'), integers(count, rows, width)], outputs: [n('candidates')] },
    { operator: 'Reshape', inputs: [name('place chosen'), integers(count, 1, rows)], outputs: [n('place row')] },
    { operator: 'MatMul', inputs: [n('place row'), n('candidates')], outputs: [n('product')], known: { like: [x] } },
  ];
}
