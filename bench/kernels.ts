// Times of the backend's kernels on random columns, with tinybench. Run: npm run bench [-- logSize columns backend].
// Caveat: wall time of this machine; the constraint kernel depends on the chips and is timed by proving a model.
import { Bench } from 'tinybench';
import { P } from '../fri/m31.ts';
import { selectBackend } from '../gpu/select.ts';

const logSize = Number(process.argv[2] ?? 14);
const columnCount = Number(process.argv[3] ?? 16);
if (!Number.isInteger(logSize) || logSize < 6 || logSize > 20 || !Number.isInteger(columnCount) || columnCount < 1) {
  console.error('usage: npm run bench [-- logSize (6 … 20) columns (1 …) backend (js, wasm)]');
  process.exit(2);
}

const LOG_BLOWUP = 1;
let state = 12345;
const random = (): number => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return state % P;
};
const columns = Array.from({ length: columnCount }, () => Uint32Array.from({ length: 2 ** logSize }, random));

const { backend, why } = await selectBackend(process.argv[4] ?? 'js');
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
  .add('interpolate', async () => void (await backend.interpolate(rows)))
  .add('extend', async () => void (await backend.extend(coefficients, LOG_BLOWUP)))
  .add('commit', async () => void (await backend.commit([evaluations])))
  .add('sample', async () => void (await backend.sample([coefficients], logSize, point)))
  .add('grind 12 bits', async () => void (await backend.grind(digest, 12)));
await bench.run();

console.log(`${why}: ${columnCount} columns of 2^${logSize} rows, blowup ${2 ** LOG_BLOWUP}`);
for (const { name, result } of bench.tasks) {
  if (!('latency' in result)) continue;
  const ms = result.latency.mean;
  console.log(
    `${name.padEnd(14)} ${ms.toFixed(2).padStart(9)} ms   ${((ms * 1e6) / cells).toFixed(1).padStart(8)} ns a cell   ±${result.latency.rme.toFixed(1)} %`,
  );
}
