// The report of the backend test cases: one entry a case for machines (report.json), a summary for people (compiler/ONNX.md).
// Caveat: both are written by `npm run test:onnx -- --update`, and only compared otherwise.
import type { Outcome, Status } from './run-case.ts';

/** status, inputs that the prover gives, inputs of the model, and the largest relative error or the reason */
type Entry = [status: Status, live: number, inputs: number, result: number | string];

export interface Report {
  onnx: string;
  cases: Record<string, Entry>;
}

/** Operators that at least one passed case must cover, where the package has cases at all. */
const WANTED =
  'Relu Gemm Add Reshape Mul Conv Gather Cast MatMul Concat Div Sub Unsqueeze Softmax Shape Pow Transpose Slice ReduceSum Tanh Identity ' +
  'ReduceMean Sqrt Flatten ConstantOfShape Squeeze Sigmoid MaxPool Equal AveragePool Where ArgMax Pad Less Greater Split BatchNormalization ' +
  'LayerNormalization InstanceNormalization Erf Gelu LeakyRelu Elu Selu Celu HardSigmoid HardSwish Softplus Softsign Mish PRelu Exp Log Abs Neg ' +
  'Sign Floor Ceil Round Min Max Clip Reciprocal LogSoftmax ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceLogSumExp GlobalAveragePool ' +
  'GlobalMaxPool ConvTranspose Resize Upsample Expand Tile LSTM GRU RNN TopK Trilu Range Einsum QuantizeLinear DequantizeLinear QLinearConv ' +
  'QLinearMatMul MatMulInteger ai.onnx.ml.TreeEnsemble ai.onnx.ml.TreeEnsembleClassifier ai.onnx.ml.TreeEnsembleRegressor ' +
  'ai.onnx.ml.LinearClassifier ai.onnx.ml.LinearRegressor ai.onnx.ml.Normalizer ai.onnx.ml.Scaler';

const entryOf = ({ status, live, inputs, error, reason }: Outcome): Entry => [
  status,
  live,
  inputs,
  status === 'passed' ? Number(error.toPrecision(2)) : reason,
];

export const reportOf = (onnx: string, outcomes: ReadonlyMap<string, Outcome>): Report => ({
  onnx,
  cases: Object.fromEntries([...outcomes].map(([name, outcome]) => [name, entryOf(outcome)])),
});

/** One line a case, so that a change shows as a changed line. */
export const reportText = ({ onnx, cases }: Report): string =>
  `{"onnx":${JSON.stringify(onnx)},"cases":{\n${Object.entries(cases)
    .map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`)
    .join(',\n')}\n}}\n`;

export const count = ({ cases }: Report, status: Status): number => Object.values(cases).filter(([other]) => other === status).length;

/** Operator → cases of each status. */
function byOperator(outcomes: ReadonlyMap<string, Outcome>): Map<string, Record<Status, number>> {
  const table = new Map<string, Record<Status, number>>();
  for (const { operators, status } of outcomes.values())
    for (const operator of operators) {
      const row = table.get(operator) ?? { passed: 0, unsupported: 0, failed: 0 };
      row[status]++;
      table.set(operator, row);
    }
  return table;
}

/** What must not be: failures, cases that passed before, operators without a passed case. */
export function complaints(report: Report, before: Report, outcomes: ReadonlyMap<string, Outcome>, least: number): string[] {
  const list: string[] = [];
  for (const [name, [status, , , result]] of Object.entries(report.cases)) if (status === 'failed') list.push(`failed: ${name}: ${result}`);
  if (report.onnx !== before.onnx) list.push(`the committed report is of onnx ${before.onnx}, these are the cases of ${report.onnx}`);
  for (const [name, [status]] of Object.entries(before.cases)) {
    const now = report.cases[name];
    if (!now) list.push(`missing: ${name}`);
    else if (status === 'passed' && now[0] !== 'passed') list.push(`passed before: ${name}: ${now[3]}`);
  }
  const passed = count(report, 'passed');
  if (passed < least) list.push(`${passed} cases passed, at least ${least} must`);
  const table = byOperator(outcomes);
  for (const operator of WANTED.split(' '))
    if (table.has(operator) && table.get(operator)!.passed === 0) list.push(`no case of ${operator} passed`);
  return list;
}

/** The reason without code, names and sizes. */
const family = (reason: string): string => {
  const [what = ''] = reason.replace(/^ZK\d+: /, '').split('; ');
  return what
    .replaceAll(/"[^"]*"/g, '…')
    .replaceAll(/\[[-\d, ]*\]/g, '[…]')
    .replaceAll(/(?<![\w.])-?\d+(\.\d+)?(e[+-]?\d+)?/g, 'n');
};

/** Markdown for people. */
export function summary(report: Report, outcomes: ReadonlyMap<string, Outcome>): string {
  const kinds = new Map<string, Record<Status, number>>();
  const live = { all: 0, some: 0, none: 0 };
  const reasons = new Map<string, number>();
  for (const [name, outcome] of outcomes) {
    const kind = name.split('/')[0]!;
    const row = kinds.get(kind) ?? { passed: 0, unsupported: 0, failed: 0 };
    row[outcome.status]++;
    kinds.set(kind, row);
    if (outcome.status === 'passed') live[outcome.live === outcome.inputs ? 'all' : outcome.live > 0 ? 'some' : 'none']++;
    else reasons.set(family(outcome.reason), (reasons.get(family(outcome.reason)) ?? 0) + 1);
  }
  const total = (status: Status): number => count(report, status);
  const table = byOperator(outcomes);
  const absent = WANTED.split(' ').filter((operator) => !table.has(operator));
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return `# Backend test cases of the onnx package

Written by \`npm run test:onnx -- --update\` with onnx ${report.onnx}; \`npm run test:onnx\` compares. One line a case: \`test/onnx/report.json\`.

**${total('passed')} passed, ${total('unsupported')} unsupported, ${total('failed')} failed** of ${outcomes.size}.

| cases | passed | unsupported | failed |
|---|--:|--:|--:|
${[...kinds].map(([kind, row]) => line([kind, row.passed, row.unsupported, row.failed])).join('\n')}

## What counts

* *Passed*: the program that the compiler makes is executed on the machine (not proved), and its outputs have the expected shapes and values.
  Floating point may differ by 1 % of the output's largest absolute value; integers and booleans not at all.
* The test's own inputs are the calibration. Inputs that describe the operation (axes, shapes, pads, repeats, k, sizes) are compiled in. Where
  the compiler refuses computed integers, all inputs of integers are compiled in; where it refuses computed weights, all but the first.
  Of the passed cases ${live.all} have every input given by the prover, ${live.some} some of them, ${live.none} none (constants and shapes).
* *Unsupported*: the compiler refuses with an error that names node and reason (exit 5). That includes programs that miss the asked accuracy of
  1 % on the calibration inputs, or exact integers (ZK0533), and test inputs that are not finite (ZK0504, ZK0520, ZK0522).
* *Failed*: anything else: wrong numbers, another error, a crash.

Operators of the compiler without a case in the package: ${absent.join(', ') || 'none'}; they have unit tests only.

## Why cases are unsupported

| cases | reason |
|--:|---|
${[...reasons]
  .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  .map(([reason, cases]) => line([cases, reason.replaceAll('|', '\\|')]))
  .join('\n')}

## Operators

| operator | passed | unsupported | failed |
|---|--:|--:|--:|
${[...table]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([operator, row]) => line([operator, row.passed, row.unsupported, row.failed]))
  .join('\n')}
`;
}
