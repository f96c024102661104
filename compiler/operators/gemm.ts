// Gemm (ONNX 7-13): Y = alpha·A'·B' + beta·C, and MatMul (1-13), with one constant factor.
// A dense map takes `depth` elements that lie `depthStride` apart, for each of a list of positions; so either factor may be the constant.
// Two computed factors are contracted (AIR.md §6, attention). Caveat: factors that are repeated along batch axes are copied.

import type { View } from '../layout/view.ts';
import { placesOf, realsOf } from '../onnx/budget.ts';
import { addMatrix, addWindows } from '../onnx/matrix-products.ts';
import { allFinite } from '../onnx/numbers.ts';
import { broadcastIndex, broadcastShape, elementsOf, real, type Shape, sameShape, stridesOf, type Tensor } from '../onnx/tensor.ts';
import type { DenseTerm } from '../stages/terms/dense.ts';
import { integers } from './along.ts';
import type { ExpandedNode, NodeContext, Operator } from './operator.ts';
import { select } from './select.ts';

/** The elements of [rows][columns] times a factor, as [columns][rows] where they are to be transposed; the same list where nothing changes. */
function scaledMatrix({ data }: Tensor, rows: number, columns: number, transposed: boolean, factor: number): Float64Array {
  if (!transposed && factor === 1) return data;
  const out = realsOf(rows * columns);
  if (transposed) for (let i = 0, e = 0; i < rows; i++) for (let j = 0; j < columns; j++, e++) out[j * rows + i] = factor * data[e]!;
  else for (let e = 0; e < out.length; e++) out[e] = factor * data[e]!;
  return out;
}

function gemm(context: NodeContext) {
  const [a, b] = [context.rank(0, 2), context.rank(1, 2)];
  const [transA, transB] = [context.integer('transA', 0) !== 0, context.integer('transB', 0) !== 0];
  const [rows, depth] = transA ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const [depthB, columns] = transB ? [b[1]!, b[0]!] : [b[0]!, b[1]!];
  if (depth !== depthB) throw context.invalid(`inner sizes ${depth} and ${depthB} differ`);
  return { transA, transB, rows, depth, columns, alpha: context.float('alpha', 1), beta: context.float('beta', 1) };
}

export const Gemm: Operator = {
  wraps: true,
  expand: (context) => {
    if ((context.constants[0] || context.constants[1]) && (!context.has(2) || context.constants[2])) return undefined;
    const { transA, transB, alpha, beta } = gemm(context);
    const [out] = context.node.outputs as [string];
    const operand = (i: number): string | Tensor => context.constants[i] ?? context.node.inputs[i]!;
    const nodes: ExpandedNode[] = [];
    const factors = [transA, transB].map((transposed, i) => {
      if (!transposed) return operand(i);
      nodes.push({ operator: 'Transpose', inputs: [operand(i)], outputs: [`${out} factor ${i}`], attributes: { perm: [1, 0] } });
      return `${out} factor ${i}`;
    });
    const scaled = (value: string | Tensor, factor: number, name: string): void => {
      nodes.push({ operator: 'Mul', inputs: [value, real([], Float64Array.of(factor))], outputs: [name] });
    };
    nodes.push({ operator: 'MatMul', inputs: factors, outputs: [`${out} product`] });
    scaled(`${out} product`, alpha, context.has(2) ? `${out} scaled` : out);
    if (context.has(2)) {
      scaled(operand(2), beta, `${out} added`);
      nodes.push({ operator: 'Add', inputs: [`${out} scaled`, `${out} added`], outputs: [out] });
    }
    return nodes;
  },
  shape: (context) => {
    const { rows, columns } = gemm(context);
    if (context.has(2)) {
      const { shape } = context.constant(2, 'C');
      if (!sameShape(broadcastShape(shape, [rows, columns], context.where), [rows, columns]))
        throw context.invalid(`C of shape [${shape}] for a product of shape [${rows},${columns}]`);
    }
    return [[rows, columns]];
  },
  reference: (context, [a, b, c]) => {
    const { transA, transB, rows, depth, columns, alpha, beta } = gemm(context);
    const out = realsOf(rows * columns);
    const shape = [rows, columns];
    const steps = c ? stridesOf(c.shape).map((step, i) => (c.shape[i] === 1 ? 0 : step)) : [];
    const [stepRow, stepColumn] = [steps[steps.length - 2] ?? 0, steps[steps.length - 1] ?? 0];
    const [step, apart] = transA ? [1, rows] : [depth, 1];
    if (transB) {
      // the matrix lies as the weights of outputs do
      const read = (i: number, values: Float64Array, at: number): void => {
        for (let k = 0; k < depth; k++) values[at + k] = a!.data[i * step + k * apart]!;
      };
      const windows = { count: rows, read, to: (i: number) => i * columns };
      addWindows({ data: b!.data, first: 0, depth, outputs: columns }, windows, out, 1);
    } else {
      const at = (between: number): Int32Array => placesOf(rows, (i) => i * between);
      const values = { data: a!.data, at: at(step), step: apart };
      addMatrix(b!.data, { from: 0, depth, columns }, values, { data: out, at: at(columns), step: 1 }, allFinite(b!.data));
    }
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        out[i * columns + j] = alpha * out[i * columns + j]! + (c ? beta * c.data[i * stepRow + j * stepColumn]! : 0);
    return [real(shape, out)];
  },
  work: (context, outputs) => outputs * gemm(context).depth,
  stage: (context, stages) => {
    const { transA, transB, rows, depth, columns, alpha, beta } = gemm(context);
    const [a, b] = [context.constants[0], context.constants[1]];
    const list = (count: number, step: number): Int32Array => placesOf(count, (i) => i * step);
    let term: DenseTerm;
    if (b) {
      const [step, depthStride] = transA ? [1, rows] : [depth, 1];
      term = {
        kind: 'dense',
        source: stages.view(context.node.inputs[0]!),
        depth,
        depthStride,
        outputs: columns,
        outputStride: 1,
        from: list(rows, step),
        to: list(rows, columns),
        weights: transB ? scaledMatrix(b, columns, depth, true, alpha) : scaledMatrix(b, depth, columns, false, alpha),
      };
    } else {
      const [step, depthStride] = transB ? [depth, 1] : [1, columns];
      term = {
        kind: 'dense',
        source: stages.view(context.node.inputs[1]!),
        depth,
        depthStride,
        outputs: rows,
        outputStride: columns,
        from: list(columns, step),
        to: list(columns, 1),
        weights: transA ? scaledMatrix(a!, depth, rows, false, alpha) : scaledMatrix(a!, rows, depth, true, alpha),
      };
    }
    const c = context.constants[2];
    stages.linear(context.node.outputs[0]!, [term], c && { ...c, data: c.data.map((x) => beta * x) });
  },
};

/** sizes of a matrix product with vectors promoted as NumPy does: [batch…, rows, depth] × [batch…, depth, columns] */
function matmul(context: NodeContext) {
  const [a, b] = [context.shape(0), context.shape(1)];
  if (a.length === 0 || b.length === 0) throw context.invalid('a scalar factor');
  const [left, right]: [Shape, Shape] = [a.length === 1 ? [1, a[0]!] : a, b.length === 1 ? [b[0]!, 1] : b];
  const [rows, depth] = [left[left.length - 2]!, left[left.length - 1]!];
  const [depthB, columns] = [right[right.length - 2]!, right[right.length - 1]!];
  if (depth !== depthB) throw context.invalid(`inner sizes ${depth} and ${depthB} differ`);
  const [batchA, batchB] = [left.slice(0, -2), right.slice(0, -2)];
  const constant = context.constants[1] ? 1 : context.constants[0] ? 0 : undefined;
  const [batch, constantBatch] = constant === 0 ? [batchB, batchA] : [batchA, batchB];
  // a constant with leading ones may have more axes than the computed factor; then the result has them too
  const lead = new Array<number>(Math.max(0, constantBatch.length - batch.length)).fill(1);
  const shape = [...lead, ...batch, ...(a.length === 1 ? [] : [rows]), ...(b.length === 1 ? [] : [columns])];
  return { rows, depth, columns, batch: elementsOf(batch), constantBatch: elementsOf(constantBatch), constant, shape };
}

/** Two computed factors, or a constant with batch axes: both factors as matrices of one common batch. */
function batches(context: NodeContext): { count: number; shape: Shape; factors: { shape: Shape; index: Int32Array; whole: boolean }[] } {
  const shapes = [context.shape(0), context.shape(1)].map((s, i) => (s.length > 1 ? s : i === 0 ? [1, s[0]!] : [s[0]!, 1]));
  const common = broadcastShape(shapes[0]!.slice(0, -2), shapes[1]!.slice(0, -2), context.where);
  const factors = shapes.map((s) => {
    const full = [...common, ...s.slice(-2)];
    return { shape: full, index: broadcastIndex(s, full), whole: elementsOf(s) === elementsOf(full) };
  });
  const kept = [context.shape(0).length > 1 ? [shapes[0]!.at(-2)!] : [], context.shape(1).length > 1 ? [shapes[1]!.at(-1)!] : []].flat();
  return { count: elementsOf(common), shape: [...common, ...kept], factors };
}

/** True for a product that is a dense map: one constant matrix without batch. */
const isDense = (context: NodeContext): boolean => {
  const { constant, constantBatch } = matmul(context);
  return constant !== undefined && constantBatch === 1;
};

export const MatMul: Operator = {
  wraps: true,
  expand: (context) => {
    if (isDense(context) || (context.constants[0] && context.constants[1])) return undefined;
    const { factors } = batches(context);
    if (factors.every(({ whole }) => whole)) return undefined;
    const [out] = context.node.outputs as [string];
    const nodes: ExpandedNode[] = [];
    const inputs = factors.map(({ shape, index, whole }, i): string | Tensor => {
      const source = context.constants[i] ?? context.node.inputs[i]!;
      if (whole) return source;
      nodes.push(select(`${out} factor ${i}`, shape, [{ source, index }]));
      return `${out} factor ${i}`;
    });
    // vectors were promoted to matrices
    nodes.push({ operator: 'MatMul', inputs, outputs: [`${out} matrices`] });
    return [...nodes, { operator: 'Reshape', inputs: [`${out} matrices`, integers(...batches(context).shape)], outputs: [out] }];
  },
  shape: (context) => {
    return [matmul(context).shape];
  },
  reference: (context, [a, b]) => {
    const { rows, depth, columns, batch: single, constant, shape } = matmul(context);
    const dense = isDense(context);
    const batch = dense ? single : batches(context).count;
    const out = realsOf(batch * rows * columns);
    // zeros, as in one-hot rows, add nothing to finite numbers
    const skips = allFinite(b!.data);
    for (let n = 0; n < batch; n++) {
      const [fromA, fromB] = [dense && constant === 0 ? 0 : n * rows * depth, dense && constant === 1 ? 0 : n * depth * columns];
      const at = (first: number, step: number): Int32Array => placesOf(rows, (i) => first + i * step);
      const values = { data: a!.data, at: at(fromA, depth), step: 1 };
      addMatrix(b!.data, { from: fromB, depth, columns }, values, { data: out, at: at(n * rows * columns, columns), step: 1 }, skips);
    }
    return [real(shape, out)];
  },
  work: (context, outputs) => outputs * context.shape(0).at(-1)!,
  stage: (context, stages) => {
    const { rows, depth, columns, batch, constant } = matmul(context);
    if (!isDense(context)) {
      const [source, other] = [0, 1].map((i) => stages.view(context.node.inputs[i]!)) as [View, View];
      const { count } = batches(context);
      stages.linear(context.node.outputs[0]!, [
        { kind: 'contract', source, other, count, rows, depth, columns, weights: Float64Array.of(1) },
      ]);
      return;
    }
    const data = context.constants[constant!]!.data;
    const source = stages.view(context.node.inputs[1 - constant!]!);
    const [out] = context.node.outputs as [string];
    if (constant === 1) {
      const count = batch * rows;
      const list = (step: number): Int32Array => placesOf(count, (i) => i * step);
      stages.linear(out, [
        {
          kind: 'dense',
          source,
          depth,
          depthStride: 1,
          outputs: columns,
          outputStride: 1,
          from: list(depth),
          to: list(columns),
          weights: data,
        },
      ]);
      return;
    }
    const list = (size: number): Int32Array => placesOf(batch * columns, (i) => Math.floor(i / columns) * size * columns + (i % columns));
    const weights = scaledMatrix(context.constants[0]!, rows, depth, true, 1);
    stages.linear(out, [
      {
        kind: 'dense',
        source,
        depth,
        depthStride: columns,
        outputs: rows,
        outputStride: columns,
        from: list(depth),
        to: list(rows),
        weights,
      },
    ]);
  },
};
