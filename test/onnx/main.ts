// `npm run test:onnx`: runs the backend test cases of the onnx package and compares with the committed report; exit 1 on any failure, on a case
// that passed before, and on an operator without a passed case. `--update` writes the report, `--only TEXT` runs some cases and prints them.
// Caveat: it needs the test data, which install.ts makes the first time.
import fs from 'node:fs';
import path from 'node:path';
import { caseNames, ONNX_VERSION } from './cases.ts';
import { installCases } from './install.ts';
import { complaints, count, type Report, reportOf, reportText, summary } from './report.ts';
import { type Outcome, runCase } from './run-case.ts';

const REPORT = path.join(import.meta.dirname, 'report.json');
const SUMMARY = path.join(import.meta.dirname, '../../compiler/ONNX.md');
const LEAST_PASSED = 600;
const PROGRESS = 200;

installCases();
const [option, text = ''] = process.argv.slice(2);
const only = option === '--only' ? text : undefined;
const names = caseNames().filter((name) => only === undefined || name.includes(only));
const outcomes = new Map<string, Outcome>();
for (const name of names) {
  const outcome = runCase(name);
  outcomes.set(name, outcome);
  if (only !== undefined) console.log(name, JSON.stringify(outcome));
  else if (outcomes.size % PROGRESS === 0) console.log(`${outcomes.size} of ${names.length} cases`);
}
const report = reportOf(ONNX_VERSION, outcomes);
if (option === '--update') {
  fs.writeFileSync(REPORT, reportText(report));
  fs.writeFileSync(SUMMARY, summary(report, outcomes));
}
const before: Report = only === undefined ? (JSON.parse(fs.readFileSync(REPORT, 'utf8')) as Report) : { ...report, cases: {} };
const list = only === undefined ? complaints(report, before, outcomes, LEAST_PASSED) : [];
console.log(
  `onnx ${ONNX_VERSION}: ${count(report, 'passed')} passed, ${count(report, 'unsupported')} unsupported, ${count(report, 'failed')} failed`,
);
for (const complaint of list) console.error(complaint);
process.exitCode = list.length ? 1 : 0;
