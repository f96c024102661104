// Cells of whole models against what the design predicted for them. Run: npm run bench:costs [-- --onnx folder --models lenet,resnet18].
// Source: the cost model of the design (rows of each chip by layer, padded to powers of two) with the widths of today's chips.
// Caveat: the prediction knows no relayouts, no maxima, no masks; what the compiler adds to it is what the ratio shows.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { committedColumns } from '../air/component.ts';
import { readCalibration } from '../cli/io/calibration.ts';
import { compileOnnx } from '../compiler/index.ts';
import { inputSpecs } from '../compiler/onnx/inputs.ts';
import { readOnnx } from '../compiler/onnx/model.ts';
import { SHARED_COLUMNS } from '../fri/pcs/layout.ts';
import { DEFAULT_PROFILE } from '../fri/pcs/profile.ts';
import { CHIPS, PROGRAM_CHIPS, type ProgramChipName, RUN_CHIPS, type RunChipName } from '../vm/chips/table.ts';
import { costOf } from '../vm/estimate/cost.ts';
import { LANES } from '../vm/program/isa.ts';
import { gpt2Block, type RandomNetwork, resnet18 } from './networks-onnx.ts';

const { values: options } = parseArgs({
  options: {
    onnx: { type: 'string', default: path.join(import.meta.dirname, '../test/models') },
    models: { type: 'string', default: 'lenet,cnn264k,transformer,resnet18,gpt2' },
    size: { type: 'string', default: '224' },
    nodes: { type: 'string', default: '0' },
  },
});

/** what a prediction is made of; `count` times */
type Layer =
  /** a product of `depth` inputs and `outputs` outputs at `positions`; `computed` if both factors are */
  | { kind: 'product'; depth: number; outputs: number; positions: number; computed?: boolean; count?: number }
  | { kind: 'convolution'; channels: number; outputs: number; kernel: number; height: number; width: number; count?: number }
  /** a tensor that is added to, multiplied or drawn from a table once more */
  | { kind: 'elementwise'; channels: number; positions: number; count?: number };

const words = (positions: number): number => Math.ceil(positions / LANES);
/** rows of all function and range tables */
const TABLE_ROWS = 2 ** 16;
const CYCLES = 2 ** 10;
const MIN_ROWS = 16;

/** Cells that the design's cost model gives, each chip padded to a power of two. */
function predictedCells(layers: readonly Layer[]): number {
  let [mac, store, rom] = [0, 0, 0];
  for (const layer of layers) {
    const count = layer.count ?? 1;
    if (layer.kind === 'product') {
      const [a, b] = [words(layer.positions), words(layer.outputs)];
      mac += count * layer.depth * Math.max(a, b);
      store += count * layer.outputs * a;
      if (!layer.computed) rom += count * layer.depth * b;
    } else if (layer.kind === 'convolution') {
      const a = words(layer.width + layer.kernel - 1) * layer.height;
      const b = layer.kernel * words(layer.outputs);
      mac += count * layer.channels * layer.kernel * Math.max(a, b);
      store += count * layer.outputs * (a + 1);
      rom += count * layer.channels * layer.kernel * b;
    } else {
      mac += count * 2 * layer.channels * words(layer.positions);
      store += count * layer.channels * words(layer.positions);
    }
  }
  const rows: Readonly<Record<RunChipName | ProgramChipName, number>> = { cpu: CYCLES, mac, store, ram: store, rom, lut: TABLE_ROWS };
  const sizes = [...RUN_CHIPS, ...PROGRAM_CHIPS].map((name) => {
    const width = committedColumns(CHIPS[name].component);
    return { width, padded: 2 ** Math.ceil(Math.log2(Math.max(MIN_ROWS, rows[name]))) };
  });
  const cells = sizes.reduce((sum, { width, padded }) => sum + width * padded, 0);
  return cells + SHARED_COLUMNS * Math.max(...sizes.map(({ padded }) => padded));
}

const product = (depth: number, outputs: number, positions: number, count = 1, computed = false): Layer => ({
  kind: 'product',
  depth,
  outputs,
  positions,
  computed,
  count,
});
const convolution = (channels: number, outputs: number, kernel: number, side: number, count = 1): Layer => ({
  kind: 'convolution',
  channels,
  outputs,
  kernel,
  height: side,
  width: side,
  count,
});
const elementwise = (channels: number, positions: number): Layer => ({ kind: 'elementwise', channels, positions });

/** a block of a transformer: 20 elementwise passes for softmax, two normalisations, GELU and the residual sums */
const transformerBlock = (tokens: number, width: number, heads: number): Layer[] => [
  product(width, 3 * width, tokens),
  product(width / heads, tokens, tokens, heads, true),
  product(tokens, width / heads, tokens, heads, true),
  product(width, width, tokens),
  product(width, 4 * width, tokens),
  product(4 * width, width, tokens),
  elementwise(20 * width, tokens),
];

/** the design's own layer lists; strides are channels of a smaller image there */
const PREDICTED: Readonly<Record<string, Layer[]>> = {
  lenet: [
    convolution(1, 6, 5, 28),
    elementwise(6 * 4, 200),
    convolution(6, 16, 5, 14),
    elementwise(64, 30),
    product(400, 120, 1),
    product(120, 84, 1),
    product(84, 10, 1),
  ],
  cnn264k: [
    convolution(3, 32, 3, 32),
    convolution(32, 32, 3, 32),
    elementwise(32 * 4, 256),
    convolution(32, 64, 3, 16),
    elementwise(64 * 4, 64),
    product(4096, 50, 1),
    product(50, 10, 1),
  ],
  transformer: transformerBlock(32, 64, 4),
  resnet18: [
    convolution(12, 64, 4, 112),
    convolution(64, 64, 3, 56, 4),
    convolution(128, 128, 3, 28, 3),
    convolution(256, 128, 2, 28),
    convolution(256, 256, 3, 14, 3),
    convolution(512, 256, 2, 14),
    convolution(512, 512, 3, 7, 3),
    convolution(1024, 512, 2, 7),
    product(512, 1000, 1),
    elementwise(64, 2 * 3136),
    elementwise(128, 2 * 784),
    elementwise(256, 2 * 196),
    elementwise(512, 2 * 49),
  ],
  gpt2: transformerBlock(32, 768, 12),
};

const GENERATED: Readonly<Record<string, () => RandomNetwork>> = {
  resnet18: () => resnet18(Number(options.size)),
  gpt2: () => gpt2Block(),
};

/** @returns undefined if the folder has no such model */
function load(name: string): RandomNetwork | undefined {
  if (GENERATED[name]) return GENERATED[name]();
  const folder = path.join(options.onnx, name);
  if (!fs.existsSync(path.join(folder, 'model.onnx'))) return undefined;
  const model = readOnnx(new Uint8Array(fs.readFileSync(path.join(folder, 'model.onnx'))));
  return { model, calibration: [...readCalibration(path.join(folder, 'calib.json'), inputSpecs(model))] };
}

const millions = (cells: number): string => (cells / 1e6).toFixed(1).padStart(8);

console.log('model          predicted    actual   ratio   M cells');
for (const name of options.models.split(',')) {
  const network = load(name);
  if (!network) {
    console.log(`${name.padEnd(14)} not in ${options.onnx}`);
    continue;
  }
  const started = performance.now();
  const { program, report } = compileOnnx(network.model, { calibration: network.calibration, name, activationBits: 10, acceptError: 1 });
  const cost = costOf(program, DEFAULT_PROFILE);
  const predicted = predictedCells(PREDICTED[name]!);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${name.padEnd(14)} ${millions(predicted)}  ${millions(cost.cells)}  ${(cost.cells / predicted).toFixed(2).padStart(6)}   compiled and executed in ${seconds} s`,
  );
  const moved = report.copies.reduce((sum, { elements }) => sum + elements, 0);
  console.log(
    `  ${report.copies.length} copies of ${moved} elements in all, ${cost.instances.map(({ chip, logSize }) => `${chip} 2^${logSize}`).join(', ')}`,
  );
  const nodes = [...cost.nodes].sort((a, b) => b.cells - a.cells).slice(0, Number(options.nodes));
  for (const { node, cells, rows } of nodes)
    console.log(
      `  ${millions(cells)}  ${node} (${Object.entries(rows)
        .map(([chip, count]) => `${count} ${chip}`)
        .join(', ')} rows)`,
    );
}
