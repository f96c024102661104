// Gemm (ONNX 7-13): Y = alpha·A'·B' + beta·C, and MatMul (1-13), with one constant factor.
// A dense map takes `depth` elements that lie `depthStride` apart, for each of a list of positions; so either factor may be the constant.
// Caveat: a product of two computed tensors (attention) is not built yet.

import { elementsOf, real, type Shape, stridesOf, type Tensor } from '../tensor.ts';
import type { DenseTerm } from '../terms.ts';
import type { NodeContext, Operator } from './operator.ts';

/** reads a matrix as [rows][columns], transposed or not */
const entry = (m: Tensor, transposed: boolean) => {
  const columns = m.shape[1]!;
  return transposed ? (i: number, j: number) => m.data[j * columns + i]! : (i: number, j: number) => m.data[i * columns + j]!;
};

function gemm(context: NodeContext) {
  const [a, b] = [context.rank(0, 2), context.rank(1, 2)];
  const [transA, transB] = [context.integer('transA', 0) !== 0, context.integer('transB', 0) !== 0];
  const [rows, depth] = transA ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const [depthB, columns] = transB ? [b[1]!, b[0]!] : [b[0]!, b[1]!];
  if (depth !== depthB) throw context.invalid(`inner sizes ${depth} and ${depthB} differ`);
  return { transA, transB, rows, depth, columns, alpha: context.float('alpha', 1), beta: context.float('beta', 1) };
}

export const Gemm: Operator = {
  shape: (context) => {
    const { rows, columns } = gemm(context);
    if (!context.constants[0] && !context.constants[1])
      throw context.unsupported('both factors are computed by the model', 'one constant factor');
    if (context.has(2)) context.constant(2, 'C');
    return [[rows, columns]];
  },
  reference: (context, [a, b, c]) => {
    const { transA, transB, rows, depth, columns, alpha, beta } = gemm(context);
    const [at, bt] = [entry(a!, transA), entry(b!, transB)];
    const out = new Float64Array(rows * columns);
    const shape = [rows, columns];
    const steps = c ? stridesOf(c.shape).map((step, i) => (c.shape[i] === 1 ? 0 : step)) : [];
    const [stepRow, stepColumn] = [steps[steps.length - 2] ?? 0, steps[steps.length - 1] ?? 0];
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < depth; k++) sum += at(i, k) * bt(k, j);
        out[i * columns + j] = alpha * sum + (c ? beta * c.data[i * stepRow + j * stepColumn]! : 0);
      }
    }
    return [real(shape, out)];
  },
  stage: (context, stages) => {
    const { transA, transB, rows, depth, columns, alpha, beta } = gemm(context);
    const [a, b] = [context.constants[0], context.constants[1]];
    const list = (count: number, step: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i * step);
    const weights = (outputs: number, value: (k: number, o: number) => number): Float64Array =>
      Float64Array.from({ length: depth * outputs }, (_, i) => alpha * value(Math.floor(i / outputs), i % outputs));
    let term: DenseTerm;
    if (b) {
      const bt = entry(b, transB);
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
        weights: weights(columns, bt),
      };
    } else {
      const at = entry(a!, transA);
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
        weights: weights(rows, (k, o) => at(o, k)),
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

export const MatMul: Operator = {
  shape: (context) => {
    const { constant, constantBatch, shape } = matmul(context);
    if (constant === undefined) throw context.unsupported('both factors are computed by the model', 'one constant factor');
    if (constantBatch !== 1) throw context.unsupported('a constant with batch axes', 'a constant matrix');
    return [shape];
  },
  reference: (context, [a, b]) => {
    const { rows, depth, columns, batch, constant, shape } = matmul(context);
    const out = new Float64Array(batch * rows * columns);
    for (let n = 0, at = 0; n < batch; n++) {
      const [fromA, fromB] = constant === 0 ? [0, n * depth * columns] : [n * rows * depth, 0];
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++, at++) {
          let sum = 0;
          for (let k = 0; k < depth; k++) sum += a!.data[fromA + i * depth + k]! * b!.data[fromB + k * columns + j]!;
          out[at] = sum;
        }
      }
    }
    return [real(shape, out)];
  },
  stage: (context, stages) => {
    const { rows, depth, columns, batch, constant } = matmul(context);
    const data = context.constants[constant!]!.data;
    const source = stages.view(context.node.inputs[1 - constant!]!);
    const [out] = context.node.outputs as [string];
    if (constant === 1) {
      const count = batch * rows;
      const list = (step: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i * step);
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
    const list = (size: number): Int32Array =>
      Int32Array.from({ length: batch * columns }, (_, i) => Math.floor(i / columns) * size * columns + (i % columns));
    const weights = Float64Array.from({ length: depth * rows }, (_, i) => data[(i % rows) * depth + Math.floor(i / rows)]!);
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
