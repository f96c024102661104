// All readers of files, each with small valid inputs: whatever the bytes are, it accepts or throws a typed error.
// Caveat: what an accepted input then costs to prove is not its business; graphs are built and staged, not compiled.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setupColumns } from '../../air/columns.ts';
import { prove } from '../../air/prove.ts';
import { verify } from '../../air/verify.ts';
import { parseContext } from '../../cli/io/context.ts';
import { decodeText } from '../../cli/io/files.ts';
import { readLabels } from '../../cli/io/labels.ts';
import { readNpy } from '../../cli/io/npy.ts';
import { parseJson, readSamples } from '../../cli/io/tensors.ts';
import { buildGraph } from '../../compiler/graph/build.ts';
import { compileModel, stagesOf } from '../../compiler/index.ts';
import { readOnnx } from '../../compiler/onnx/model.ts';
import { Message } from '../../compiler/onnx/protobuf.ts';
import { readTensor } from '../../compiler/onnx/tensor-proto.ts';
import { decodeReport, encodeReport } from '../../compiler/report/stored.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import type { Digest } from '../../fri/core/digest.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { CalldataReader, toCalldata } from '../../fri/pcs/stream.ts';
import { execute } from '../../vm/executor/run.ts';
import { decodeProofFile } from '../../vm/files/proof.ts';
import { decodeTrace, encodeTrace, traceOf } from '../../vm/files/trace.ts';
import { decodeZkb, encodeProgram } from '../../vm/files/zkb.ts';
import { tensorsOfJson } from '../../vm/library/json.ts';
import { bindTensors } from '../../vm/library/tensors.ts';
import { proveExecution } from '../../vm/prove.ts';
import { prepareModel } from '../../vm/statement/model.ts';
import { verifyProof } from '../../vm/verify.ts';
import { toyProfile } from '../air/forger.ts';
import { toyMachine, toyRun } from '../air/toy.ts';
import { npyFile } from '../cli/io/npy-file.ts';
import { onnxModel, tensorProto } from '../compiler/onnx-writer.ts';
import { conv, mlp } from '../vm/programs.ts';

export interface Reader {
  name: string;
  /** of a hundred inputs so many are for this reader */
  share: number;
  seeds: readonly Uint8Array[];
  /** throws what the reader throws */
  read(bytes: Uint8Array): void;
}

const text = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const ints = (...data: number[]) => ({ shape: [data.length], data, integer: true });
const reals = (...shape: number[]) => ({
  shape,
  data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + 1)),
});

/** models that have counts, axes and sizes of every kind in them */
const onnxSeeds = (): Uint8Array[] => [
  onnxModel({
    nodes: [
      { op: 'Gemm', inputs: ['x', 'w', 'b'], outputs: ['a'], attributes: { alpha: { float: 0.5 } }, name: 'first' },
      { op: 'Relu', inputs: ['a'], outputs: ['y'] },
    ],
    inputs: { x: [1, 4] },
    outputs: ['y'],
    initializers: { w: reals(4, 3), b: reals(3) },
  }),
  onnxModel({
    nodes: [
      { op: 'Conv', inputs: ['x', 'w'], outputs: ['a'], attributes: { pads: [1, 1, 1, 1], strides: [2, 2], dilations: [1, 1] } },
      { op: 'MaxPool', inputs: ['a'], outputs: ['b'], attributes: { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] } },
      { op: 'Resize', inputs: ['b', '', 's'], outputs: ['y'], attributes: { mode: 'linear' } },
    ],
    inputs: { x: [1, 2, 6, 6] },
    outputs: ['y'],
    initializers: { w: reals(2, 2, 3, 3), s: { shape: [4], data: [1, 1, 2, 2] } },
  }),
  onnxModel({
    nodes: [
      { op: 'Tile', inputs: ['x', 'r'], outputs: ['a'] },
      { op: 'Pad', inputs: ['a', 'p'], outputs: ['b'] },
      { op: 'Slice', inputs: ['b', 'from', 'to'], outputs: ['c'] },
      { op: 'Concat', inputs: ['c', 'c'], outputs: ['d'], attributes: { axis: 1 } },
      { op: 'Transpose', inputs: ['d'], outputs: ['e'], attributes: { perm: [1, 0] } },
      { op: 'Expand', inputs: ['e', 'q'], outputs: ['y'] },
    ],
    inputs: { x: [1, 4] },
    outputs: ['y'],
    initializers: { r: ints(1, 2), p: ints(0, 1, 0, 1), from: ints(0, 1), to: ints(1, 5), q: ints(2, 8, 1) },
  }),
  onnxModel({
    nodes: [
      { op: 'ConstantOfShape', inputs: ['r'], outputs: ['a'], attributes: { value: reals(1) } },
      { op: 'Range', inputs: ['zero', 'limit', 'step'], outputs: ['g'] },
      { op: 'Add', inputs: ['a', 'x'], outputs: ['b'] },
      { op: 'Softmax', inputs: ['b'], outputs: ['c'], attributes: { axis: -1 } },
      { op: 'CumSum', inputs: ['c', 'zero'], outputs: ['d'] },
      { op: 'Split', inputs: ['d', 'parts'], outputs: ['e', 'f'], attributes: { axis: 1 } },
      { op: 'Gather', inputs: ['e', 'g'], outputs: ['y'], attributes: { axis: 1 } },
      { op: 'TopK', inputs: ['f', 'step1'], outputs: ['z', ''] },
      { op: 'Einsum', inputs: ['e', 'e'], outputs: ['m'], attributes: { equation: 'ai,bi->ab' } },
    ],
    inputs: { x: [3, 4] },
    outputs: ['y', 'z', 'm'],
    initializers: {
      r: ints(3, 4),
      zero: { shape: [], data: [0], integer: true },
      limit: { shape: [], data: [2], integer: true },
      step: { shape: [], data: [1], integer: true },
      step1: ints(1),
      parts: ints(2, 2),
    },
  }),
  onnxModel({
    nodes: [
      { op: 'LSTM', inputs: ['x', 'w', 'r'], outputs: ['y', 'h'], attributes: { hidden_size: 2 } },
      { op: 'ReduceMean', inputs: ['y'], outputs: ['z'], attributes: { axes: [0, 1], keepdims: 0 } },
    ],
    inputs: { x: [2, 1, 3] },
    outputs: ['z', 'h'],
    initializers: { w: reals(1, 8, 3), r: reals(1, 8, 2) },
  }),
];

/** Makes the valid inputs, which takes some seconds, and gives the readers. */
export async function makeReaders(): Promise<Reader[]> {
  const backend = jsBackend();
  const examples = [mlp(1), conv()];
  const files = examples.map(({ program }) => encodeProgram(program));
  const { program, inputs } = examples[0]!;
  const run = execute(program, inputs);
  const model = await prepareModel(program, PROFILES.test, backend);
  const { proof } = { proof: await proveExecution(model, run, { context: Uint8Array.of(1, 2, 3, 4, 5) }) };
  const compiled = compileModel(onnxSeeds()[0]!, { calibration: [{ x: { shape: [1, 4], data: [1, -1, 0.5, 0] } }] });
  const report = encodeReport({ samples: 1, report: compiled.report });
  const carrying = encodeProgram(examples[1]!.program, report);

  const toy = toyRun([2, 1, 6]);
  const profile = toyProfile(1, 2, 0);
  const setup = await setupColumns(backend, toy.instances, profile.logBlowup);
  const statement = {
    modelId: new Uint32Array(8) as Digest,
    preprocessedRoots: [setup.tree.root],
    inputs: toy.inputs,
    outputs: toy.outputs,
    context: new Uint8Array(0),
  };
  const toyProof = await prove({ machine: toyMachine, profile, backend, statement, instances: toy.instances });
  const instances = toy.instances.map(({ type, logSize, base, data }) => ({ type, logSize, base, data }));
  const request = { machine: toyMachine, profile, statement, instances, publicTerms: toy.publicTerms };
  const FELT_BYTES = 32;
  const felts = Uint8Array.from(
    toCalldata(toyProof.writer).flatMap((felt) => [...Buffer.from(felt.toString(16).padStart(2 * FELT_BYTES, '0'), 'hex')]),
  );
  const feltsOf = (bytes: Uint8Array): bigint[] =>
    Array.from({ length: Math.floor(bytes.length / FELT_BYTES) }, (_, i) =>
      BigInt(`0x${Buffer.from(bytes.subarray(FELT_BYTES * i, FELT_BYTES * (i + 1))).toString('hex')}`),
    );

  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-fuzz-'));
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  const asFile = (name: string, bytes: Uint8Array): string => {
    fs.writeFileSync(path.join(folder, name), bytes);
    return path.join(folder, name);
  };
  const specs = [
    { name: 'x', shape: [1, 4] },
    { name: 'z', shape: [2] },
  ];
  const json = [
    text({ x: [[1, 2, 3, 4]], z: [1, 2] }),
    text({
      input_data: [
        [1, 2, 3, 4],
        [0.5, -1e-3],
      ],
    }),
    text({ outputs: { x: { shape: [1, 4], data: [1, 2, 3, 4] }, z: [1, 2] }, labels: null }),
    text([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]),
  ];
  const npy = [npyFile('<f4', [3], [1, 2, 3]), npyFile('<i8', [2, 2], [1, 2, 3, 4]), npyFile('>f8', [2, 3], [1, 2, 3, 4, 5, 6])];
  const tensors = [
    tensorProto('w', reals(2, 3)),
    tensorProto('i', ints(1, 2, 3)),
    tensorProto('b', { shape: [4], data: [1, 0, 1, 1], type: 9 }),
    tensorProto('e', { shape: [2], data: [], external: { location: 'w.bin', offset: '0', length: '8' } }),
  ].map((list) => Uint8Array.from(list));

  return [
    { name: 'onnx', share: 25, seeds: onnxSeeds(), read: (bytes) => void stagesOf(buildGraph(readOnnx(bytes, () => new Uint8Array(64)))) },
    {
      name: 'tensor',
      share: 12,
      seeds: tensors,
      read: (bytes) => void readTensor(new Message(bytes, 0, bytes.length, ''), () => new Uint8Array(64)),
    },
    { name: 'zkb', share: 16, seeds: [...files, carrying], read: (bytes) => void decodeZkb(bytes) },
    { name: 'trace', share: 2, seeds: [encodeTrace(traceOf(files[0]!, run, Uint8Array.of(1)))], read: (bytes) => void decodeTrace(bytes) },
    { name: 'proof file', share: 8, seeds: [proof.bytes], read: (bytes) => void decodeProofFile(bytes) },
    { name: 'proof', share: 1, seeds: [proof.bytes], read: (bytes) => void verifyProof(model, bytes, [PROFILES.test]) },
    { name: 'calldata', share: 1, seeds: [felts], read: (bytes) => verify(request, new CalldataReader(feltsOf(bytes))) },
    {
      name: 'json',
      share: 12,
      seeds: json,
      read: (bytes) => void bindTensors(tensorsOfJson(parseJson(decodeText(bytes, 'x.json'), 'x.json'), 'x.json'), specs, 'input'),
    },
    {
      name: 'samples',
      share: 2,
      seeds: [...json, text([{ x: [1] }, { x: [2] }]), ...npy],
      read: (bytes) => void readSamples(asFile('s', bytes)),
    },
    { name: 'npy', share: 10, seeds: npy, read: (bytes) => void readNpy(bytes, 'x.npy') },
    {
      name: 'labels',
      share: 2,
      seeds: [text('cat\ndog\nhorse\n'), text(['a', 'b', 'ç'])],
      read: (bytes) => void readLabels(asFile('l', bytes)),
    },
    {
      name: 'context',
      share: 1,
      seeds: [text('c0ffee'), text('0x00ff')],
      read: (bytes) => void parseContext(decodeText(bytes, 'context')),
    },
    { name: 'report', share: 8, seeds: [report], read: (bytes) => void decodeReport(bytes) },
  ];
}
