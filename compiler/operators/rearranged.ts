// DepthToSpace and SpaceToDepth (ONNX 1-13), ReverseSequence (10), Compress (9-11) and EyeLike (9-22): blocks, reversed rows, kept rows.
// Caveat: lengths and conditions must be known when compiling.
import { placesOf, realsOf } from '../onnx/budget.ts';
import { elementsOf, stridesOf } from '../onnx/tensor.ts';
import { FLOAT, kindOf } from '../onnx/tensor-proto.ts';
import { integers } from './along.ts';
import { integersOf } from './movement.ts';
import { type ExpandedNode, expanding, type NodeContext } from './operator.ts';
import { select } from './select.ts';

/** Reshape, Transpose, Reshape */
function blocks(context: NodeContext, split: readonly number[], perm: number[], result: readonly number[]): ExpandedNode[] {
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  return [
    { operator: 'Reshape', inputs: [x, integers(...split)], outputs: [`${out} split`] },
    { operator: 'Transpose', inputs: [`${out} split`], outputs: [`${out} moved`], attributes: { perm } },
    { operator: 'Reshape', inputs: [`${out} moved`, integers(...result)], outputs: [out] },
  ];
}

export const DepthToSpace = expanding((context) => {
  const [n, c, h, w] = context.rank(0, 4) as [number, number, number, number];
  const b = context.integer('blocksize', 0);
  if (b < 1 || c % (b * b) !== 0) throw context.invalid(`blocksize ${b} for ${c} channels`);
  const result = [n, c / (b * b), h * b, w * b];
  const mode = context.text('mode', 'DCR');
  if (mode === 'DCR') return blocks(context, [n, b, b, c / (b * b), h, w], [0, 3, 4, 1, 5, 2], result);
  if (mode === 'CRD') return blocks(context, [n, c / (b * b), b, b, h, w], [0, 1, 4, 2, 5, 3], result);
  throw context.invalid(`mode "${mode}"`);
});

export const SpaceToDepth = expanding((context) => {
  const [n, c, h, w] = context.rank(0, 4) as [number, number, number, number];
  const b = context.integer('blocksize', 0);
  if (b < 1 || h % b !== 0 || w % b !== 0) throw context.invalid(`blocksize ${b} for ${h} × ${w}`);
  const mode = context.text('mode', 'DCR');
  if (mode !== 'DCR' && mode !== 'CRD') throw context.invalid(`mode "${mode}"`);
  const perm = mode === 'DCR' ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4];
  return blocks(context, [n, c, h / b, b, w / b, b], perm, [n, c * b * b, h / b, w / b]);
});

export const ReverseSequence = expanding((context) => {
  const shape = context.shape(0);
  const [time, batch] = [context.integer('time_axis', 0), context.integer('batch_axis', 1)];
  if (time + batch !== 1 || shape.length < 2) throw context.invalid(`time_axis ${time}, batch_axis ${batch}`);
  const lengths = integersOf(context, 1, 'sequence_lens');
  if (lengths.length !== shape[batch]) throw context.invalid(`${lengths.length} lengths for a batch of ${shape[batch]}`);
  const steps = stridesOf(shape);
  const index = placesOf(elementsOf(shape), (e) => {
    const place = (axis: number): number => Math.floor(e / steps[axis]!) % shape[axis]!;
    const [t, length] = [place(time), lengths[place(batch)]!];
    return t < length ? e + (length - 1 - 2 * t) * steps[time]! : e;
  });
  return [select(context.node.outputs[0]!, shape, [{ source: context.node.inputs[0]!, index }])];
});

export const Compress = expanding((context) => {
  const condition = context.constants[1];
  if (!condition) throw context.unsupported('the shape of the result depends on the computed input "condition"', 'a constant condition');
  const kept = Array.from(condition.data.entries()).flatMap(([i, value]) => (value !== 0 ? [i] : []));
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const flat = !context.node.attributes.has('axis');
  if (!flat)
    return [{ operator: 'Gather', inputs: [x, integers(...kept)], outputs: [out], attributes: { axis: context.integer('axis', 0) } }];
  return [
    { operator: 'Reshape', inputs: [x, integers(-1)], outputs: [`${out} flat`] },
    { operator: 'Gather', inputs: [`${out} flat`, integers(...kept)], outputs: [out], attributes: { axis: 0 } },
  ];
});

export const EyeLike = expanding((context) => {
  const [rows, columns] = context.rank(0, 2) as [number, number];
  const k = context.integer('k', 0);
  const type = context.integer('dtype', context.elementTypes[0] ?? FLOAT);
  const data = realsOf(rows * columns, (i) => ((i % columns) - Math.floor(i / columns) === k ? 1 : 0));
  const kind = kindOf(type);
  if (!kind) throw context.unsupported(`a matrix of element type ${type}`, 'numbers and booleans');
  const eye = { shape: [rows, columns], data, kind };
  return [{ operator: 'Identity', inputs: [eye], outputs: context.node.outputs }];
});
