// ONNX ModelProto -> plain data: nodes, attributes, initializers, inputs and outputs. Source: onnx/onnx.proto3 (IR version 3 to 13).
// Caveat: tensors in external files, sparse tensors, functions and control-flow subgraphs are refused; other unknown fields are skipped.
import { usage, ZkvmError } from '../fri/errors.ts';
import { Message, type WireField } from './protobuf.ts';
import { elementsOf, MAX_ELEMENTS, type Tensor } from './tensor.ts';

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
  /** version of the default operator set */
  opset: number;
  nodes: OnnxNode[];
  initializers: Map<string, Tensor>;
  inputs: OnnxValue[];
  outputs: OnnxValue[];
}

interface ElementType {
  name: string;
  bytes: number;
  kind: Tensor['kind'];
  read: (view: DataView, at: number) => number;
}

/** IEEE half to double */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

function bfloat(view: DataView, at: number): number {
  const wide = new DataView(new ArrayBuffer(4));
  wide.setUint16(2, view.getUint16(at, true), true);
  return wide.getFloat32(0, true);
}

/** TensorProto.DataType → how an element lies in raw_data */
const ELEMENT_TYPES: Readonly<Record<number, ElementType>> = {
  1: { name: 'float', bytes: 4, kind: 'real', read: (view, at) => view.getFloat32(at, true) },
  2: { name: 'uint8', bytes: 1, kind: 'integer', read: (view, at) => view.getUint8(at) },
  3: { name: 'int8', bytes: 1, kind: 'integer', read: (view, at) => view.getInt8(at) },
  4: { name: 'uint16', bytes: 2, kind: 'integer', read: (view, at) => view.getUint16(at, true) },
  5: { name: 'int16', bytes: 2, kind: 'integer', read: (view, at) => view.getInt16(at, true) },
  6: { name: 'int32', bytes: 4, kind: 'integer', read: (view, at) => view.getInt32(at, true) },
  7: { name: 'int64', bytes: 8, kind: 'integer', read: (view, at) => Number(view.getBigInt64(at, true)) },
  9: { name: 'bool', bytes: 1, kind: 'integer', read: (view, at) => view.getUint8(at) },
  10: { name: 'float16', bytes: 2, kind: 'real', read: (view, at) => half(view.getUint16(at, true)) },
  11: { name: 'double', bytes: 8, kind: 'real', read: (view, at) => view.getFloat64(at, true) },
  12: { name: 'uint32', bytes: 4, kind: 'integer', read: (view, at) => view.getUint32(at, true) },
  13: { name: 'uint64', bytes: 8, kind: 'integer', read: (view, at) => Number(view.getBigUint64(at, true)) },
  16: { name: 'bfloat16', bytes: 2, kind: 'real', read: bfloat },
};

/** element types a graph input may have; whole numbers and booleans are read as real ones */
export const INPUT_TYPES: ReadonlySet<number> = new Set([1, 6, 7, 9, 10, 11, 16]);

/** typed repeated fields of TensorProto: field number → element types stored there */
const TYPED_FIELDS: Readonly<Record<number, readonly number[]>> = { 4: [1], 5: [2, 3, 4, 5, 6, 9, 10, 16], 7: [7], 10: [11], 11: [12, 13] };

const MAX_RANK = 16;

const at = (message: Message, offset: number): string => `byte ${offset}${message.path ? ` (${message.path})` : ''}`;

/** appends without a spread call, whose arguments must fit on the stack */
function extend(list: number[], values: readonly number[]): void {
  for (const value of values) list.push(value);
}

function readTensor(message: Message): { name: string; tensor: Tensor } {
  const shape: number[] = [];
  let name = '';
  let type = 0;
  let raw: Uint8Array | undefined;
  let typed: number[] | undefined;
  let typedField = 0;
  const append = (field: WireField, values: number[]): void => {
    if (typed && typedField !== field.number) throw message.fail(field.offset, 'a tensor has data of two types');
    typedField = field.number;
    if (typed) extend(typed, values);
    else typed = values;
  };
  for (const field of message.fields()) {
    if (field.number === 1) extend(shape, message.integers(field, 'dims'));
    else if (field.number === 2) type = message.integer(field, 'data_type');
    else if (field.number === 3 || field.number === 14) {
      // segments and external data: 14 is data_location, 0 means "in this file"
      if (field.number === 3 || message.integer(field, 'data_location') !== 0)
        throw new ZkvmError('unsupported', 'ZK0503', {
          what: 'the model keeps tensor data in another file',
          where: at(message, field.offset),
          fix: 'save the model as one file: onnx.save(model, path, save_as_external_data=False)',
        });
    } else if (field.number === 4) append(field, message.floats(field, 'float_data'));
    else if (field.number === 5) append(field, message.integers(field, 'int32_data'));
    else if (field.number === 7) append(field, message.integers(field, 'int64_data'));
    else if (field.number === 8) name = message.text(field, 'name');
    else if (field.number === 9) raw = message.raw(field, 'raw_data');
    else if (field.number === 10) append(field, message.doubles(field, 'double_data'));
    else if (field.number === 11) append(field, message.integers(field, 'uint64_data'));
  }
  const element = ELEMENT_TYPES[type];
  if (!element)
    throw new ZkvmError('unsupported', 'ZK0503', {
      what: `tensor "${name}" has element type ${type}`,
      where: at(message, message.start),
      why: `supported are ${Object.values(ELEMENT_TYPES)
        .map((known) => known.name)
        .join(', ')}`,
    });
  const count = elementsOf(shape);
  if (shape.length > MAX_RANK || shape.some((size) => size < 0) || !(count <= MAX_ELEMENTS))
    throw message.fail(message.start, `tensor "${name}" has shape [${shape.join(', ')}]; at most 2^26 elements`);
  if (typed && !TYPED_FIELDS[typedField]!.includes(type))
    throw message.fail(message.start, `tensor "${name}" of type ${element.name} keeps its data in field ${typedField}`);
  if (raw && typed?.length) throw message.fail(message.start, `tensor "${name}" has raw and typed data`);
  const got = raw ? raw.length / element.bytes : (typed?.length ?? 0);
  if (got !== count) throw message.fail(message.start, `tensor "${name}" of shape [${shape.join(', ')}] has data for ${got} elements`);
  const data = new Float64Array(count);
  if (raw) {
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    for (let i = 0; i < count; i++) data[i] = element.read(view, i * element.bytes);
  } else if (typed) {
    const bits = type === 10 ? half : type === 16 ? (value: number) => bfloat(new DataView(Uint16Array.of(value).buffer), 0) : undefined;
    for (let i = 0; i < count; i++) data[i] = bits ? bits(typed[i]!) : typed[i]!;
  }
  for (let i = 0; i < count; i++)
    if (!Number.isFinite(data[i]!))
      throw usage('ZK0504', {
        what: `tensor "${name}" has the value ${data[i]}`,
        where: `${at(message, message.start)}, element ${i}`,
        fix: 'weights must be finite numbers',
      });
  return { name, tensor: { shape, data, kind: element.kind } };
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
    else if (field.number === 2) float = message.floats(field, 'f')[0]!;
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

/**
 * Reads an ONNX file.
 * @throws ZK0501 (damaged file, with byte offset), ZK0502 (no model, operator set), ZK0503 (unsupported data), ZK0504, ZK0505
 */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  const root = new Message(bytes, 0, bytes.length, '');
  const model: OnnxModel = { name: '', opset: 0, nodes: [], initializers: new Map(), inputs: [], outputs: [] };
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
      if (domain === '' || domain === 'ai.onnx') model.opset = version;
    }
  }
  if (!graph) throw usage('ZK0502', { what: 'the file has no ONNX graph', where: 'byte 0', fix: 'give a model that onnx.checker accepts' });
  if (model.opset < 7 || model.opset > 22)
    throw new ZkvmError('unsupported', 'ZK0502', {
      what: `the model uses operator set ${model.opset || '(none)'}`,
      why: 'supported are 7 … 22',
      fix: 'convert it with onnx.version_converter',
    });
  for (const field of graph.fields()) {
    if (field.number === 1) model.nodes.push(readNode(graph.message(field, 'node'), model.nodes.length));
    else if (field.number === 2) model.name = graph.text(field, 'name');
    else if (field.number === 5) {
      const message = graph.message(field, 'initializer');
      const { name, tensor } = readTensor(message);
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

/** for messages */
export const typeName = (type: number): string => ELEMENT_TYPES[type]?.name ?? `type ${type}`;
