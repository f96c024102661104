// The table of the trained models: one entry a model for machines (report.json), one row for people (docs/MODELS.md), and what must not be.
// Caveat: both are written by `npm run test:models -- --update`, and only compared otherwise; times are not compared.
import type { Outcome } from './run-model.ts';

export type Report = Record<string, Outcome>;

/** of all accepted fresh inputs that may be off by more than 1 % */
const MOST_OFF = 0.005;
/** models whose labels are decided by comparisons alone: none may change */
const TREES = /tree|forest|boosting|lightgbm|xgboost/;

const rounded = (x: number): number => Number(x.toPrecision(2));

/** One line a model, so that a change shows as a changed line. */
export const reportText = (report: Report): string =>
  `{\n${Object.entries(report)
    .map(([name, { error, channelError, compileMs: _, ...outcome }]) => {
      const entry = { ...outcome, error: rounded(error), channelError: rounded(channelError) };
      return `${JSON.stringify(name)}:${JSON.stringify(entry)}`;
    })
    .join(',\n')}\n}\n`;

interface Totals {
  models: number;
  compiled: number;
  accepted: number;
  refusals: number;
  flips: number;
  silentFlips: number;
  cautions: number;
  off: number;
  silent: number;
}

export function totalsOf(report: Report): Totals {
  const totals: Totals = { models: 0, compiled: 0, accepted: 0, refusals: 0, flips: 0, silentFlips: 0, cautions: 0, off: 0, silent: 0 };
  for (const { refused, fresh, refusals, flips, silentFlips, cautions, off, silent } of Object.values(report)) {
    totals.models++;
    if (refused !== undefined) continue;
    totals.compiled++;
    totals.accepted += fresh - refusals;
    totals.refusals += refusals;
    totals.flips += flips;
    totals.silentFlips += silentFlips;
    totals.cautions += cautions;
    totals.off += off;
    totals.silent += silent;
  }
  return totals;
}

/** What must not be: models that were compiled before, wrong answers beyond the share, wrong labels of trees. @param before the committed report */
export function complaints(report: Report, before: Report): string[] {
  const list: string[] = [];
  for (const [name, { refused, flips }] of Object.entries(report)) {
    if (refused !== undefined && before[name] && before[name].refused === undefined) list.push(`compiled before: ${name}: ${refused}`);
    if (TREES.test(name) && flips > 0) list.push(`${name}: ${flips} labels of a tree changed`);
  }
  for (const name of Object.keys(before)) if (!report[name]) list.push(`not there any more: ${name}`);
  const { accepted, off } = totalsOf(report);
  if (off > MOST_OFF * accepted) list.push(`${off} of ${accepted} accepted fresh inputs are off by more than 1 %`);
  return list;
}

const percent = (x: number): string => `${Number((100 * x).toPrecision(2))} %`;

function row(name: string, outcome: Outcome): string {
  const { source, refused, cells, fresh, refusals, flips, silentFlips, cautions, off, silent, error, channelError } = outcome;
  if (refused !== undefined) return `| ${name} | ${source} | refused: ${refused.replace(/\|/g, '\\|').slice(0, 160)} | | | | | | |`;
  const millions = `${(cells / 1e6).toFixed(cells < 1e7 ? 2 : 0)} M`;
  return `| ${name} | ${source} | ${millions} | ${fresh} | ${refusals} | ${flips} (${silentFlips}) | ${off} (${silent}) | ${cautions} | ${percent(error)}, ${percent(channelError)} |`;
}

/** docs/MODELS.md */
export function summary(report: Report): string {
  const { models, compiled, accepted, refusals, flips, silentFlips, cautions, off, silent } = totalsOf(report);
  return `# Trained models

What people have, tried: each model is compiled from 64 samples and run on others, and the answers are held against onnxruntime's. Written by
\`npm run test:models -- --update\`; \`test/trained/\` has the models' generators and the rules.

**${compiled} of ${models} models compile. Of ${accepted + refusals} fresh inputs ${refusals} are refused; of the ${accepted} accepted ones ${off} are off by more than 1 % of an
output's spread (${percent(off / Math.max(1, accepted))}), ${silent} of them without a warning, and ${flips} have another label, ${silentFlips} of them
without a warning. Of ${cautions} others (${percent(cautions / Math.max(1, accepted))}) \`zkvm run\` says that rounding decides their answer.**

*Off*: accepted inputs with an error of more than 1 % of the output's spread, in brackets those of which \`zkvm run\` says nothing. *Error*: the largest
of the output's spread, and of a channel's. *Labels*: accepted inputs whose label is another one than onnxruntime's, in brackets those without a warning;
where a model has no output of integers, the largest element of its first output, of which \`run\` says nothing unless there are labels. *Cautions*: inputs
that are right, and of which \`run\` says that rounding decides their answer.

| model | from | cells | fresh | refused | labels | off | cautions | error |
|---|---|---|---|---|---|---|---|---|
${Object.entries(report)
  .map(([name, outcome]) => row(name, outcome))
  .join('\n')}
`;
}
