// `npm run test:models`: compiles the trained models and compares fresh inputs with onnxruntime; exit 1 on anything that must not be (report.ts).
// `--update` writes the report, `--only TEXT` runs some models and prints them. Caveat: it needs the models, which install.ts makes the first time.
import fs from 'node:fs';
import path from 'node:path';
import { installModels } from './install.ts';
import { modelNames } from './models.ts';
import { complaints, type Report, reportText, summary, totalsOf } from './report.ts';
import { runModel } from './run-model.ts';

const REPORT = path.join(import.meta.dirname, 'report.json');
const SUMMARY = path.join(import.meta.dirname, '../../docs/MODELS.md');

installModels();
const [option, text = ''] = process.argv.slice(2);
const only = option === '--only' ? text : undefined;
const report: Report = {};
for (const name of modelNames().filter((name) => only === undefined || name.includes(only))) {
  const started = performance.now();
  const outcome = runModel(name);
  report[name] = outcome;
  const { refused, cells, compileMs, refusals, flips, silentFlips, cautions, off, silent, error, channelError } = outcome;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${name} (${seconds} s): ` +
      (refused ??
        `${(cells / 1e6).toFixed(2)} M cells, compiled in ${compileMs.toFixed(0)} ms, ${refusals} refused, ${flips} labels (${silentFlips}), ${off} off (${silent}), ${cautions} cautions, ` +
          `error ${(100 * error).toFixed(2)} % and ${(100 * channelError).toFixed(2)} %`),
  );
}
if (option === '--update') {
  fs.writeFileSync(REPORT, reportText(report));
  fs.writeFileSync(SUMMARY, summary(report));
}
const before = only === undefined ? (JSON.parse(fs.readFileSync(REPORT, 'utf8')) as Report) : {};
const list = complaints(report, before);
console.log(JSON.stringify(totalsOf(report)));
for (const complaint of list) console.error(complaint);
process.exitCode = list.length ? 1 : 0;
