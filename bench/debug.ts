// How long the debugger takes to open a trace and to show a step, for every step of a run, after a jump to it: the reader of the file, the run, then steps in
// an order in which no neighbours follow each other. Run: npx tsx bench/debug.ts -- trace.bin ….
// Caveat: one thread, this machine's load and all; the first steps of a process run code that is not compiled yet.
import fs from 'node:fs';
import path from 'node:path';
import { judge } from '../vm/debug/failures.ts';
import { openTrace } from '../vm/debug/open.ts';
import { detailOf } from '../vm/debug/step.ts';
import { decodeTrace } from '../vm/files/trace.ts';

const files = process.argv.slice(2).filter((word) => word !== '--');
if (files.length === 0) {
  console.error('usage: npx tsx bench/debug.ts trace.bin …');
  process.exit(2);
}

/** rows of each chip whose cells and lookups a view shows at once */
const SHOWN_ROWS = 16;

const ms = (from: number): number => performance.now() - from;
const column = (text: string, width = 12): string => text.padStart(width);
console.log(['trace', 'bytes', 'steps', 'read', 'open', 'judge', 'median', '99 %', 'worst step'].map((t) => column(t)).join(''));
for (const file of files) {
  const bytes = new Uint8Array(fs.readFileSync(file));
  let start = performance.now();
  const trace = decodeTrace(bytes, true);
  const read = ms(start);
  start = performance.now();
  const debugged = openTrace(trace);
  const open = ms(start);
  start = performance.now();
  judge(debugged);
  const judged = ms(start);
  const { steps } = debugged;
  // at most 2,000 steps, far from each other one after the other
  const count = Math.min(steps, 2000);
  const order = Array.from({ length: count }, (_, i) => Math.floor((((i * 617) % count) * steps) / count));
  const times = order.map((step) => {
    const from = performance.now();
    detailOf(debugged, step, 0, SHOWN_ROWS);
    return ms(from);
  });
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number): string => `${sorted[Math.min(count - 1, Math.floor(part * count))]!.toFixed(2)} ms`;
  const worst = order[times.indexOf(sorted.at(-1)!)];
  const cells = [
    path.basename(file),
    String(bytes.length),
    String(steps),
    ...[read, open, judged].map((t) => `${t.toFixed(0)} ms`),
    at(0.5),
    at(0.99),
  ];
  console.log([...cells.map((cell) => column(cell)), ` ${at(1)} (step ${worst})`].join(''));
}
