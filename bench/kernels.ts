// Times of the backend's kernels on random columns, with tinybench. Run: npm run bench:kernels [-- --log-size 14 --columns 16
// --backend wasm --reference kernels.wasm]. With --reference, a WASM module with kernels of the same kinds is timed in turns with ours
// (bench/reference.ts). Caveat: wall time of this machine; the constraint kernel depends on the chips and is timed by proving a model.
import { parseArgs } from 'node:util';
import { Bench } from 'tinybench';
import { P } from '../fri/core/m31.ts';
import { selectBackend } from '../gpu/select.ts';
import { compareWith } from './reference.ts';

const { values: options } = parseArgs({
  options: {
    'log-size': { type: 'string', default: '14' },
    columns: { type: 'string', default: '16' },
    backend: { type: 'string', default: 'auto' },
    reference: { type: 'string', multiple: true, default: [] },
  },
});
const logSize = Number(options['log-size']);
const columnCount = Number(options.columns);
if (!Number.isInteger(logSize) || logSize < 6 || logSize > 20 || !Number.isInteger(columnCount) || columnCount < 1)
  throw new Error('--log-size is 6 … 20, --columns at least 1');

const LOG_BLOWUP = 1;
let state = 12345;
const random = (): number => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return state % P;
};
const columns = Array.from({ length: columnCount }, () => Uint32Array.from({ length: 2 ** logSize }, random));

const { backend, why } = await selectBackend(options.backend);
const rows = await backend.upload(columns, logSize);
const coefficients = await backend.interpolate(rows);
const evaluations = await backend.extend(coefficients, LOG_BLOWUP);
const point: Parameters<typeof backend.sample>[2] = [
  [random(), random(), random(), random()],
  [random(), random(), random(), random()],
];
const digest = Uint32Array.from({ length: 8 }, () => random());

const cells = columnCount * 2 ** logSize;
const bench = new Bench({ time: 500, warmupTime: 100 });
bench
  .add('interpolate', async () => backend.free(await backend.interpolate(rows)))
  .add('extend', async () => backend.free(await backend.extend(coefficients, LOG_BLOWUP)))
  .add('commit', async () => backend.free(await backend.commit([evaluations])))
  .add('sample', async () => void (await backend.sample([coefficients], logSize, point)))
  .add('grind 12 bits', async () => void (await backend.grind(digest, 12)));
await bench.run();

console.log(`${backend.name} (${why}): ${columnCount} columns of 2^${logSize} rows, blowup ${2 ** LOG_BLOWUP}`);
for (const { name, result } of bench.tasks) {
  if (!('latency' in result)) continue;
  const ms = result.latency.p50;
  console.log(
    `${name.padEnd(14)} ${ms.toFixed(2).padStart(9)} ms   ${((ms * 1e6) / cells).toFixed(1).padStart(8)} ns a cell   ±${result.latency.rme.toFixed(1)} %`,
  );
}
(backend as { close?: () => void }).close?.();
for (const file of options.reference) await compareWith(file);
