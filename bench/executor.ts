// How fast programs run before they are proved: multiply-adds a second of the executor with its WebAssembly products and of the plain
// path, and the time of the trace fills, with tinybench. Run: npx tsx bench/executor.ts [-- milliseconds].
// Caveat: a multiply-add counts once as the network defines it; padding lanes, which both paths compute too, do not count. One thread.
import { Bench } from 'tinybench';
import { fillTraces } from '../vm/chips/fill.ts';
import { execute } from '../vm/executor/run.ts';
import { checkProgram } from '../vm/program/loader.ts';
import { cnn264k, dense4m, lenet } from './networks.ts';

const time = Number(process.argv.slice(2).find((word) => word !== '--') ?? 1000);
if (!(time > 0 && time <= 60_000)) {
  console.error('usage: npx tsx bench/executor.ts [milliseconds for each measurement]');
  process.exit(2);
}

const column = (text: string, width: number): string => text.padStart(width);
console.log(['network', 'multiply-adds', 'path', 'median', 'best', 'median speed', 'ratio'].map((t) => column(t, 14)).join(''));
for (const make of [cnn264k, dense4m, lenet]) {
  const { name, program, inputs, macs } = make();
  checkProgram(program); // checked once, as for every later run of a loaded program
  const run = execute(program, inputs);
  const bench = new Bench({ time, warmupTime: time / 4 });
  bench
    .add('wasm', () => void execute(program, inputs))
    .add('plain', () => void execute(program, inputs, { plain: true }))
    .add('fill', () => void fillTraces(run));
  await bench.run();
  const medians = new Map(bench.tasks.map((task) => [task.name, 'latency' in task.result ? task.result.latency.p50 : Number.NaN]));
  for (const task of bench.tasks) {
    if (!('latency' in task.result)) throw new Error(`${name}, ${task.name}: ${task.result.state}`);
    const { p50, min } = task.result.latency;
    const speed = task.name === 'fill' ? '' : `${(macs / p50 / 1e6).toFixed(2)} GMAC/s`;
    const ratio = task.name === 'wasm' ? `${(medians.get('plain')! / p50).toFixed(1)} ×` : '';
    const cells = [name, `${(macs / 1e6).toFixed(1)} M`, task.name, `${p50.toFixed(2)} ms`, `${min.toFixed(2)} ms`, speed, ratio];
    console.log(cells.map((cell) => column(cell, 14)).join(''));
  }
}
