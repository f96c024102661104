// Writes small ONNX files for tests: the other direction of compiler/protobuf.ts, independent of it.

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
}

export const tensorProto = (name: string, { shape, data, integer }: TestTensor): Bytes => [
  ...shape.flatMap((size) => int(1, size)),
  ...int(2, integer ? 7 : 1),
  ...text(8, name),
  ...block(9, raw(integer ? BigInt64Array.from(Array.from(data, (x) => BigInt(x))) : Float32Array.from(data))),
];

export type TestAttribute = number | number[] | string | { float: number } | TestTensor;

const attribute = (name: string, value: TestAttribute): Bytes => {
  if (typeof value === 'number') return [...text(1, name), ...int(3, value), ...int(20, 2)];
  if (typeof value === 'string') return [...text(1, name), ...text(4, value), ...int(20, 3)];
  if (Array.isArray(value)) return [...text(1, name), ...value.flatMap((x) => int(8, x)), ...int(20, 7)];
  if ('float' in value) return [...text(1, name), ...tag(2, 5), ...raw(Float32Array.of(value.float)), ...int(20, 1)];
  return [...text(1, name), ...block(5, tensorProto('', value)), ...int(20, 4)];
};

export interface TestNode {
  op: string;
  inputs: string[];
  outputs: string[];
  attributes?: Record<string, TestAttribute>;
  name?: string;
  domain?: string;
}

const node = ({ op, inputs, outputs, attributes = {}, name = '', domain = '' }: TestNode): Bytes => [
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
  nodes: TestNode[];
  inputs: Record<string, (number | string)[]>;
  outputs: string[];
  initializers?: Record<string, TestTensor>;
  opset?: number;
  inputType?: number;
}

/** Bytes of a ModelProto. */
export function onnxModel({ nodes, inputs, outputs, initializers = {}, opset = 17, inputType = 1 }: TestModel): Uint8Array {
  const graph = [
    ...nodes.flatMap((x) => block(1, node(x))),
    ...text(2, 'test'),
    ...Object.entries(initializers).flatMap(([name, x]) => block(5, tensorProto(name, x))),
    ...Object.entries(inputs).flatMap(([name, shape]) => block(11, value(name, shape, inputType))),
    ...outputs.flatMap((name) => block(12, value(name, []))),
  ];
  return Uint8Array.from([...int(1, 8), ...block(8, [...text(1, ''), ...int(2, opset)]), ...block(7, graph)]);
}
