// ONNX GraphProto -> plain data: nodes, attributes, initializers, inputs and outputs, and the graphs inside nodes (branches, bodies of loops).
// Source: onnx/onnx.proto3 (IR version 3 to 13). Caveat: sparse tensors are refused; unknown fields are skipped.
import { usage, ZkvmError } from '../../fri/core/errors.ts';
import type { Message } from './protobuf.ts';
import type { Tensor } from './tensor.ts';
import { at, type ExternalData, extend, readTensor } from './tensor-proto.ts';
import type { Texts } from './texts.ts';

/** Value of an attribute. `parameter`: what the caller of the function that the node stands in gives under this name. */
export type Attribute = number | string | Tensor | number[] | string[] | OnnxGraph | { parameter: string } | { unsupported: string };

export interface OnnxNode {
  /** position in its graph, from 0 */
  index: number;
  name: string;
  operator: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, Attribute>;
}

/** A graph input or output. A size that is not known is its name, or undefined where it has none. */
export interface OnnxValue {
  name: string;
  shape: (number | string | undefined)[] | undefined;
  elementType: number;
}

export interface OnnxGraph {
  name: string;
  nodes: OnnxNode[];
  initializers: Map<string, Tensor>;
  inputs: OnnxValue[];
  outputs: OnnxValue[];
}

/** What reading needs beside the bytes. */
export interface Reading {
  /** reads files that the model keeps its tensors in; without it, such a model is refused */
  external: ExternalData | undefined;
  texts: Texts;
}

export function readAttribute(message: Message, reading: Reading): { name: string; value: Attribute } {
  let name = '';
  let type = 0;
  let float: number | undefined;
  let integer: number | undefined;
  let text: string | undefined;
  let tensor: Tensor | undefined;
  let graph: OnnxGraph | undefined;
  let parameter = '';
  const floats: number[] = [];
  const integers: number[] = [];
  const strings: string[] = [];
  let unsupported = '';
  for (const field of message.fields()) {
    if (field.number === 1) name = message.text(field, 'name');
    else if (field.number === 2) float = message.float(field, 'f');
    else if (field.number === 3) integer = message.integer(field, 'i');
    else if (field.number === 4) text = message.text(field, 's');
    else if (field.number === 5) tensor = readTensor(message.message(field, 't'), reading.external, reading.texts).tensor;
    else if (field.number === 6) graph = readGraph(message.message(field, 'g'), reading);
    else if (field.number === 11) unsupported = 'a list of graphs';
    else if (field.number === 7) extend(floats, message.floats(field, 'floats'));
    else if (field.number === 8) extend(integers, message.integers(field, 'ints'));
    else if (field.number === 9) strings.push(message.text(field, 'strings'));
    else if (field.number === 21) parameter = message.text(field, 'ref_attr_name');
    else if (field.number === 20) type = message.integer(field, 'type');
    else if (field.number === 10 || field.number === 14 || field.number === 15 || field.number === 22 || field.number === 23)
      unsupported = 'a list of tensors, a sparse tensor or a type';
  }
  // proto3 leaves out zeros, so the type decides, and the fields decide where an old exporter left out the type
  const value: Attribute =
    unsupported !== ''
      ? { unsupported }
      : parameter !== ''
        ? { parameter }
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
                    : (graph ?? tensor ?? float ?? integer ?? text ?? (floats.length ? floats : strings.length ? strings : integers));
  return { name, value };
}

export function readNode(message: Message, index: number, reading: Reading): OnnxNode {
  const node: OnnxNode = { index, name: '', operator: '', domain: '', inputs: [], outputs: [], attributes: new Map() };
  for (const field of message.fields()) {
    if (field.number === 1) node.inputs.push(message.text(field, 'input'));
    else if (field.number === 2) node.outputs.push(message.text(field, 'output'));
    else if (field.number === 3) node.name = message.text(field, 'name');
    else if (field.number === 4) node.operator = message.text(field, 'op_type');
    else if (field.number === 5) {
      const { name, value } = readAttribute(message.message(field, 'attribute'), reading);
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
        let size: number | string | undefined;
        for (const part of inner.fields())
          if (part.number === 1) size = inner.integer(part, 'dim_value');
          else if (part.number === 2) size = inner.text(part, 'dim_param') || undefined;
        // zero and less stand for a size that is not known, too
        if (typeof size === 'number' && size < 1) size = undefined;
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

/** @throws ZK0501, ZK0503, ZK0505 with the byte offset */
export function readGraph(message: Message, reading: Reading): OnnxGraph {
  const graph: OnnxGraph = { name: '', nodes: [], initializers: new Map(), inputs: [], outputs: [] };
  for (const field of message.fields()) {
    if (field.number === 1) graph.nodes.push(readNode(message.message(field, 'node'), graph.nodes.length, reading));
    else if (field.number === 2) graph.name = message.text(field, 'name');
    else if (field.number === 5) {
      const initializer = message.message(field, 'initializer');
      const { name, tensor } = readTensor(initializer, reading.external, reading.texts);
      once(graph.initializers, name, tensor, at(initializer, field.offset));
    } else if (field.number === 11) graph.inputs.push(readValue(message.message(field, 'input')));
    else if (field.number === 12) graph.outputs.push(readValue(message.message(field, 'output')));
    else if (field.number === 15)
      throw new ZkvmError('unsupported', 'ZK0503', { what: 'the model has sparse initializers', where: at(message, field.offset) });
  }
  // before IR version 4 initializers were listed among the inputs as well
  graph.inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  return graph;
}

/** Elements of all tensors that a graph spells out, those of the graphs inside it included. */
export const spelledElements = ({ nodes, initializers }: Pick<OnnxGraph, 'nodes' | 'initializers'>): number =>
  [...initializers.values(), ...nodes.flatMap(({ attributes }) => [...attributes.values()])].reduce<number>((sum, value) => {
    if (typeof value !== 'object') return sum;
    return sum + ('data' in value ? value.data.length : 'nodes' in value ? spelledElements(value) : 0);
  }, 0);
