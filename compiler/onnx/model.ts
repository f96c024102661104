// ONNX ModelProto -> plain data: nodes, attributes, initializers, inputs and outputs. Source: onnx/onnx.proto3 (IR version 3 to 13).
// Caveat: sparse tensors, functions and control-flow subgraphs are refused; other unknown fields are skipped.
import { usage, ZkvmError } from '../../fri/core/errors.ts';
import { Message } from './protobuf.ts';
import type { Tensor } from './tensor.ts';
import { at, type ExternalData, extend, readTensor } from './tensor-proto.ts';

/** Value of an attribute; a subgraph is only noted, never read. */
export type Attribute = number | string | Tensor | number[] | string[] | { unsupported: string };

export interface OnnxNode {
  /** position in the file, from 0 */
  index: number;
  name: string;
  operator: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, Attribute>;
}

/** A graph input or output. A size that is not a number (a name, or nothing) is undefined. */
export interface OnnxValue {
  name: string;
  shape: (number | undefined)[] | undefined;
  elementType: number;
}

export interface OnnxModel {
  name: string;
  /** version of each operator set that the model uses, by domain; the default domain is '' */
  opsets: ReadonlyMap<string, number>;
  nodes: OnnxNode[];
  initializers: Map<string, Tensor>;
  inputs: OnnxValue[];
  outputs: OnnxValue[];
}

function readAttribute(message: Message): { name: string; value: Attribute } {
  let name = '';
  let type = 0;
  let float: number | undefined;
  let integer: number | undefined;
  let text: string | undefined;
  let tensor: Tensor | undefined;
  const floats: number[] = [];
  const integers: number[] = [];
  const strings: string[] = [];
  let unsupported = '';
  for (const field of message.fields()) {
    if (field.number === 1) name = message.text(field, 'name');
    else if (field.number === 2) float = message.float(field, 'f');
    else if (field.number === 3) integer = message.integer(field, 'i');
    else if (field.number === 4) text = message.text(field, 's');
    else if (field.number === 5) tensor = readTensor(message.message(field, 't')).tensor;
    else if (field.number === 6 || field.number === 11) unsupported = 'a subgraph';
    else if (field.number === 7) extend(floats, message.floats(field, 'floats'));
    else if (field.number === 8) extend(integers, message.integers(field, 'ints'));
    else if (field.number === 9) strings.push(message.text(field, 'strings'));
    else if (field.number === 20) type = message.integer(field, 'type');
    else if (field.number === 10 || field.number === 14 || field.number === 15 || field.number === 22 || field.number === 23)
      unsupported = 'a list of tensors, a sparse tensor or a type';
  }
  // proto3 leaves out zeros, so the type decides, and the fields decide where an old exporter left out the type
  const value: Attribute =
    unsupported !== ''
      ? { unsupported }
      : type === 1
        ? (float ?? 0)
        : type === 2
          ? (integer ?? 0)
          : type === 3
            ? (text ?? '')
            : type === 6
              ? floats
              : type === 7
                ? integers
                : type === 8
                  ? strings
                  : (tensor ?? float ?? integer ?? text ?? (floats.length ? floats : strings.length ? strings : integers));
  return { name, value };
}

function readNode(message: Message, index: number): OnnxNode {
  const node: OnnxNode = { index, name: '', operator: '', domain: '', inputs: [], outputs: [], attributes: new Map() };
  for (const field of message.fields()) {
    if (field.number === 1) node.inputs.push(message.text(field, 'input'));
    else if (field.number === 2) node.outputs.push(message.text(field, 'output'));
    else if (field.number === 3) node.name = message.text(field, 'name');
    else if (field.number === 4) node.operator = message.text(field, 'op_type');
    else if (field.number === 5) {
      const { name, value } = readAttribute(message.message(field, 'attribute'));
      if (node.attributes.has(name)) throw message.fail(field.offset, `attribute "${name}" is given twice`);
      node.attributes.set(name, value);
    } else if (field.number === 7) node.domain = message.text(field, 'domain');
  }
  if (node.domain === 'ai.onnx') node.domain = '';
  return node;
}

/** the only field of a message that is of interest, or nothing */
function only(message: Message | undefined, number: number, name: string): Message | undefined {
  let found: Message | undefined;
  if (message) for (const field of message.fields()) if (field.number === number) found = message.message(field, name);
  return found;
}

function readValue(message: Message): OnnxValue {
  const value: OnnxValue = { name: '', shape: undefined, elementType: 0 };
  let type: Message | undefined;
  for (const field of message.fields()) {
    if (field.number === 1) value.name = message.text(field, 'name');
    else if (field.number === 2) type = message.message(field, 'type');
  }
  const tensorType = only(type, 1, 'tensor_type');
  if (!tensorType) return value;
  for (const field of tensorType.fields()) {
    if (field.number === 1) value.elementType = tensorType.integer(field, 'elem_type');
    else if (field.number === 2) {
      const shape = tensorType.message(field, 'shape');
      value.shape = [];
      for (const dimension of shape.fields()) {
        if (dimension.number !== 1) continue;
        const inner = shape.message(dimension, 'dim');
        let size: number | undefined;
        for (const part of inner.fields()) if (part.number === 1) size = inner.integer(part, 'dim_value');
        value.shape.push(size);
      }
    }
  }
  return value;
}

/** @throws ZK0505 if a name is taken twice */
function once<T>(map: Map<string, T>, name: string, value: T, where: string): void {
  if (map.has(name))
    throw usage('ZK0505', { what: `"${name}" is defined twice`, where, fix: 'every tensor of a model has one definition' });
  map.set(name, value);
}

/** operator sets that are understood: first and last version by domain */
const OPERATOR_SETS: Readonly<Record<string, readonly [number, number]>> = { '': [6, 28], 'ai.onnx.ml': [1, 5] };

/** @throws ZK0502 for a version of a known operator set that is too old or too new, or if there is none at all */
function checkOperatorSets(opsets: ReadonlyMap<string, number>): void {
  const known = Object.entries(OPERATOR_SETS).filter(([domain]) => opsets.has(domain));
  for (const [domain, [first, last]] of known) {
    const version = opsets.get(domain)!;
    if (version >= first && version <= last) continue;
    throw new ZkvmError('unsupported', 'ZK0502', {
      what: `the model uses operator set ${version}${domain ? ` of ${domain}` : ''}`,
      why: `supported are ${first} … ${last}`,
      fix: 'convert it with onnx.version_converter',
    });
  }
  if (opsets.size === 0)
    throw new ZkvmError('unsupported', 'ZK0502', { what: 'the model names no operator set', fix: 'check the model with onnx.checker' });
}

/**
 * Reads an ONNX file.
 * @param external reads files that the model keeps its tensors in; without it, such a model is refused
 * @throws ZK0501 (damaged file, with byte offset), ZK0502 (no model, operator set), ZK0503 (unsupported data), ZK0505
 */
export function readOnnx(bytes: Uint8Array, external?: ExternalData): OnnxModel {
  const root = new Message(bytes, 0, bytes.length, '');
  const opsets = new Map<string, number>();
  const model: OnnxModel = { name: '', opsets, nodes: [], initializers: new Map(), inputs: [], outputs: [] };
  let graph: Message | undefined;
  for (const field of root.fields()) {
    if (field.number === 7) graph = root.message(field, 'graph');
    else if (field.number === 8) {
      const opset = root.message(field, 'opset_import');
      let domain = '';
      let version = 0;
      for (const part of opset.fields()) {
        if (part.number === 1) domain = opset.text(part, 'domain');
        else if (part.number === 2) version = opset.integer(part, 'version');
      }
      opsets.set(domain === 'ai.onnx' ? '' : domain, version);
    }
  }
  if (!graph) throw usage('ZK0502', { what: 'the file has no ONNX graph', where: 'byte 0', fix: 'give a model that onnx.checker accepts' });
  checkOperatorSets(opsets);
  for (const field of graph.fields()) {
    if (field.number === 1) model.nodes.push(readNode(graph.message(field, 'node'), model.nodes.length));
    else if (field.number === 2) model.name = graph.text(field, 'name');
    else if (field.number === 5) {
      const message = graph.message(field, 'initializer');
      const { name, tensor } = readTensor(message, external);
      once(model.initializers, name, tensor, at(message, field.offset));
    } else if (field.number === 11) model.inputs.push(readValue(graph.message(field, 'input')));
    else if (field.number === 12) model.outputs.push(readValue(graph.message(field, 'output')));
    else if (field.number === 15)
      throw new ZkvmError('unsupported', 'ZK0503', { what: 'the model has sparse initializers', where: at(graph, field.offset) });
  }
  // before IR version 4 initializers were listed among the inputs as well
  model.inputs = model.inputs.filter(({ name }) => !model.initializers.has(name));
  return model;
}
