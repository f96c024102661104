// Writes small ONNX files for tests: the other direction of compiler/onnx/protobuf.ts, independent of it.

type Bytes = number[];

const varint = (value: number): Bytes => {
  const bytes: Bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return bytes;
};
const tag = (field: number, wire: number): Bytes => varint(field * 8 + wire);
const block = (field: number, bytes: Iterable<number>): Bytes => {
  const body = [...bytes];
  return [...tag(field, 2), ...varint(body.length), ...body];
};
const text = (field: number, value: string): Bytes => block(field, new TextEncoder().encode(value));
const int = (field: number, value: number): Bytes => [...tag(field, 0), ...varint(value)];
const raw = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

export interface TestTensor {
  shape: number[];
  data: number[] | Float64Array;
  /** int64 instead of float32 */
  integer?: boolean;
  /** ONNX element type of `integer` data, 7 (int64) if left out; stored as int32_data */
  type?: number;
  /** instead of numbers, of which there are none then */
  texts?: string[];
  /** the data lies in another file: key and value pairs */
  external?: Record<string, string>;
}

export const tensorProto = (name: string, { shape, data, integer, type, texts, external }: TestTensor): Bytes => [
  ...shape.flatMap((size) => int(1, size)),
  ...int(2, texts ? 8 : (type ?? (integer ? 7 : 1))),
  ...text(8, name),
  ...(external
    ? [...Object.entries(external).flatMap(([key, value]) => block(13, [...text(1, key), ...text(2, value)])), ...int(14, 1)]
    : texts
      ? texts.flatMap((value) => text(6, value))
      : type
        ? block(5, Array.from(data).flatMap(varint))
        : valuesOf({ shape, data, ...(integer && { integer }) })),
];

const valuesOf = ({ data, integer }: TestTensor): Bytes =>
  block(9, raw(integer ? BigInt64Array.from(Array.from(data, (x) => BigInt(x))) : Float32Array.from(data)));

export type TestAttribute =
  | number
  | number[]
  | string
  | { float: number }
  /** one number written as a packed list, which the format does not allow */
  | { packedFloat: number[] }
  | { floats: number[] }
  | { texts: string[] }
  | { graph: TestGraph }
  /** what a function's caller gives under this name */
  | { parameter: string }
  | TestTensor;

const attribute = (name: string, value: TestAttribute): Bytes => {
  if (typeof value === 'number') return [...text(1, name), ...int(3, value), ...int(20, 2)];
  if (typeof value === 'string') return [...text(1, name), ...text(4, value), ...int(20, 3)];
  if (Array.isArray(value)) return [...text(1, name), ...value.flatMap((x) => int(8, x)), ...int(20, 7)];
  if ('float' in value) return [...text(1, name), ...tag(2, 5), ...raw(Float32Array.of(value.float)), ...int(20, 1)];
  if ('packedFloat' in value) return [...text(1, name), ...block(2, raw(Float32Array.from(value.packedFloat))), ...int(20, 1)];
  if ('floats' in value) return [...text(1, name), ...block(7, raw(Float32Array.from(value.floats))), ...int(20, 6)];
  if ('texts' in value) return [...text(1, name), ...value.texts.flatMap((x) => text(9, x)), ...int(20, 8)];
  if ('graph' in value) return [...text(1, name), ...block(6, graphProto(value.graph)), ...int(20, 5)];
  if ('parameter' in value) return [...text(1, name), ...text(21, value.parameter), ...int(20, 1)];
  return [...text(1, name), ...block(5, tensorProto('', value)), ...int(20, 4)];
};

/** A graph inside a node. */
export interface TestGraph {
  nodes: TestNode[];
  /** names, all without a shape */
  inputs?: string[];
  outputs: string[];
  initializers?: Record<string, TestTensor>;
}

const graphProto = ({ nodes, inputs = [], outputs, initializers = {} }: TestGraph): Bytes => [
  ...nodes.flatMap((x) => block(1, nodeProto(x))),
  ...text(2, 'inner'),
  ...Object.entries(initializers).flatMap(([name, x]) => block(5, tensorProto(name, x))),
  ...inputs.flatMap((name) => block(11, text(1, name))),
  ...outputs.flatMap((name) => block(12, text(1, name))),
];

/** One of the model's own functions. */
export interface TestFunction {
  name: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  /** names of attributes that a caller must give */
  attributes?: string[];
  defaults?: Record<string, TestAttribute>;
  nodes: TestNode[];
  opset?: number;
}

const functionProto = ({ name, domain, inputs, outputs, attributes = [], defaults = {}, nodes, opset = 17 }: TestFunction): Bytes => [
  ...text(1, name),
  ...inputs.flatMap((x) => text(4, x)),
  ...outputs.flatMap((x) => text(5, x)),
  ...attributes.flatMap((x) => text(6, x)),
  ...nodes.flatMap((x) => block(7, nodeProto(x))),
  ...block(9, [...text(1, ''), ...int(2, opset)]),
  ...text(10, domain),
  ...Object.entries(defaults).flatMap(([key, x]) => block(11, attribute(key, x))),
];

export interface TestNode {
  op: string;
  inputs: string[];
  outputs: string[];
  attributes?: Record<string, TestAttribute>;
  name?: string;
  domain?: string;
}

/** A node that is called after its operator. */
export const node = (
  op: string,
  inputs: string[],
  outputs: string | string[] = 'y',
  attributes: TestNode['attributes'] = {},
  domain = '',
): TestNode => ({ op, inputs, outputs: typeof outputs === 'string' ? [outputs] : outputs, attributes, name: `/${op}`, domain });

const nodeProto = ({ op, inputs, outputs, attributes = {}, name = '', domain = '' }: TestNode): Bytes => [
  ...inputs.flatMap((x) => text(1, x)),
  ...outputs.flatMap((x) => text(2, x)),
  ...text(3, name),
  ...text(4, op),
  ...Object.entries(attributes).flatMap(([key, value]) => block(5, attribute(key, value))),
  ...text(7, domain),
];

const value = (name: string, shape: (number | string)[], type = 1): Bytes => [
  ...text(1, name),
  ...block(
    2,
    block(1, [
      ...int(1, type),
      ...block(
        2,
        shape.flatMap((size) => block(1, typeof size === 'number' ? int(1, size) : text(2, size))),
      ),
    ]),
  ),
];

export interface TestModel {
  /** of the graph */
  name?: string;
  nodes: TestNode[];
  inputs: Record<string, (number | string)[]>;
  outputs: string[];
  initializers?: Record<string, TestTensor>;
  functions?: TestFunction[];
  opset?: number;
  inputType?: number;
  /** element types of single inputs */
  inputTypes?: Record<string, number>;
  /** element types of single outputs, float if left out */
  outputTypes?: Record<string, number>;
}

/** Bytes of a ModelProto. */
export function onnxModel({
  name: graphName = 'test',
  nodes,
  inputs,
  outputs,
  initializers = {},
  opset = 17,
  inputType = 1,
  inputTypes = {},
  functions = [],
  outputTypes = {},
}: TestModel): Uint8Array {
  const graph = [
    ...nodes.flatMap((x) => block(1, nodeProto(x))),
    ...text(2, graphName),
    ...Object.entries(initializers).flatMap(([name, x]) => block(5, tensorProto(name, x))),
    ...Object.entries(inputs).flatMap(([name, shape]) =>
      block(11, value(name, shape, Object.hasOwn(inputTypes, name) ? inputTypes[name] : inputType)),
    ),
    ...outputs.flatMap((name) => block(12, value(name, [], Object.hasOwn(outputTypes, name) ? outputTypes[name] : 1))),
  ];
  const domains = new Set(['', ...nodes.map(({ domain = '' }) => domain)]);
  const sets = [...domains].flatMap((domain) =>
    block(8, [...text(1, domain), ...int(2, domain === '' ? opset : domain === 'ai.onnx.ml' ? 3 : 1)]),
  );
  return Uint8Array.from([...int(1, 8), ...sets, ...block(7, graph), ...functions.flatMap((x) => block(25, functionProto(x)))]);
}
