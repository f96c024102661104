// scratch
import fs from 'node:fs';
import { caseNames } from './cases.ts';
import { runCase } from './run-case.ts';

const filter = process.argv[2];
const results: Record<string, unknown> = {};
const counts: Record<string, number> = {};
const started = performance.now();
for (const name of caseNames()) {
  if (filter && !name.includes(filter)) continue;
  const t = performance.now();
  const outcome = runCase(name);
  const ms = performance.now() - t;
  counts[outcome.status] = (counts[outcome.status] ?? 0) + 1;
  results[name] = { ...outcome, ms };
  if (ms > 3000) console.log(name, ms, outcome.status);
  if (Object.keys(results).length % 100 === 0) fs.writeFileSync('/tmp/onnx-results.json', JSON.stringify(results, null, 1));
  if (filter) console.log(name, outcome);
}
if (!filter) fs.writeFileSync('/tmp/onnx-results.json', JSON.stringify(results, null, 1));
console.log(counts, performance.now() - started);
