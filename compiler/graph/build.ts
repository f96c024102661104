// The model as a graph with known shapes: nodes bound to their operators, constants folded, nodes nobody needs dropped.
// Caveat: every shape must be known when compiling; an open batch axis becomes the batch that the caller asks for, 1 by default.
import { usage, ZkvmError } from '../../fri/core/errors.ts';
import { Limits, within } from '../onnx/budget.ts';
import { fixedShape } from '../onnx/dimensions.ts';
import { type OnnxNode, type OnnxValue, spelledElements } from '../onnx/graph.ts';
import type { OnnxModel } from '../onnx/model.ts';
import { elementsOf, shapeText } from '../onnx/tensor.ts';
import { integerLimits, kindOf, typeName } from '../onnx/tensor-proto.ts';
import { Texts } from '../onnx/texts.ts';
import { type Aside, noPairs } from '../operators/operator.ts';
import type { RowScale } from '../operators/row-scaled.ts';
import { type Draft, requireNew } from './draft.ts';
import { limitedInput } from './expand.ts';
import { addGraph } from './from-file.ts';
import { fused } from './fuse.ts';
import type { Graph } from './node.ts';
import type { Scope } from './scope.ts';
import { usesOf } from './uses.ts';

/**
 * Binds the nodes to operators, infers all shapes, folds constants.
 * @param batch samples at once: replaces the first axis of every input where the model leaves it open or says 1
 * @param file name of the file, for messages
 * @param masks what becomes of values that are only there to be out of reach
 * @param rows normalisations whose rows are divided by their size first, by the values that they give
 * @throws ZkvmError: ZK0505-ZK0513, each naming the node; what is not supported is collected, and all of it named at once
 */
export function buildGraph(
  model: OnnxModel,
  batch = 1,
  file = 'model.onnx',
  masks?: Aside['masks'],
  rows?: ReadonlyMap<string, RowScale>,
): Graph {
  const functions = [...(model.functions?.values() ?? [])];
  const initial = [model, ...functions.map(({ body }) => body)].reduce((sum, graph) => sum + spelledElements(graph), 0);
  return within(initial, () => build(model, batch, file, new Limits(initial), masks, rows));
}

function build(
  model: OnnxModel,
  batch: number,
  file: string,
  limits: Limits,
  masks: Aside['masks'],
  rows: ReadonlyMap<string, RowScale> = new Map(),
): Graph {
  const made = new Map<string, OnnxNode>();
  const draft: Draft = {
    model,
    file,
    limits,
    shapes: new Map(),
    constants: new Map(),
    whole: new Set(),
    nonNegative: new Set(),
    elementTypes: new Map(model.inputs.map(({ name, elementType }) => [name, elementType])),
    known: new Map(),
    roles: new Map(),
    made,
    running: [],
    lost: new Set(),
    limited: new Set(),
    rows: new Map(rows),
    aside: {
      texts: new Texts(model.texts),
      textual: new Set(),
      marks: new Map(),
      pairs: noPairs(made),
      distributions: new Set(),
      classes: false,
      notes: new Set(),
      masks,
    },
  };
  const scope: Scope = { place: file, opsets: model.opsets, names: new Map(), prefix: '', depth: 0 };
  const inputs = model.inputs.map((input) => addInput(draft, input, batch));
  for (const { name } of inputs) scope.names.set(name, limitedInput(draft, name));
  addGraph(draft, model, scope);
  const outputs = outputsOf(draft);
  const { shapes, constants, whole, running, known, roles, aside } = draft;
  const nodes = fused(running, { shapes, constants, whole, outputs });
  const texts = aside.classes || outputs.some((output) => aside.textual.has(output.name));
  return {
    name: model.name,
    inputs,
    outputs,
    nodes,
    shapes,
    constants,
    whole,
    known,
    ...(roles.size > 0 && { roles }),
    uses: usesOf(nodes, outputs, known),
    labels: texts ? [...aside.texts.list] : [],
    notes: [...aside.notes],
  };
}

function addInput(draft: Draft, { name, shape, elementType }: OnnxValue, batch: number) {
  const { file, limits, shapes, whole } = draft;
  const where = `${file} input "${name}"`;
  const sizes = fixedShape(
    { name, shape: shape?.map((size, axis) => (axis === 0 && (typeof size !== 'number' || size === 1) ? batch : size)), elementType },
    where,
  );
  if (batch !== 1 && sizes[0] !== batch)
    throw usage('ZK0514', {
      what: `the model's own batch of ${sizes[0]} cannot be changed to ${batch}`,
      where,
      fix: 'compile it without a batch',
    });
  if (kindOf(elementType) === undefined)
    throw new ZkvmError('unsupported', 'ZK0513', {
      what: `an input has element type ${typeName(elementType)}`,
      where,
      why: 'supported: floating point, integers, bool',
    });
  limits.public(elementsOf(sizes), where);
  requireNew(draft, name, where);
  shapes.set(name, sizes);
  if (kindOf(elementType) === 'integer') whole.add(name);
  return { name, shape: sizes, elementType, limits: integerLimits(elementType) };
}

function outputsOf({ model, file, limits, shapes, aside }: Draft): Graph['outputs'] {
  const outputs = model.outputs.map(({ name }) => {
    const shape = shapes.get(name);
    if (!shape) throw usage('ZK0506', { what: `output "${name}" is not computed`, where: file });
    if (aside.marks.has(name))
      throw new ZkvmError('unsupported', 'ZK0512', {
        what: `output "${name}" depends on the scale of DynamicQuantizeLinear`,
        where: file,
        why: 'supported: products that are scaled back',
        fix: 'take the model as it was before it was quantised',
      });
    limits.public(elementsOf(shape), `${file} output "${name}"`);
    if (elementsOf(shape) === 0)
      throw new ZkvmError('unsupported', 'ZK0513', { what: `output "${name}" of shape ${shapeText(shape)} has no elements`, where: file });
    return { name, shape };
  });
  if (outputs.length === 0) throw usage('ZK0506', { what: 'the model has no output', where: file });
  return outputs;
}
