// `npm run demo`: two trained classifiers, a handwritten digit through each: compile, run, prove, verify, and every number that matters.
// Source: the models in test/models, trained on the UCI handwritten digits. Caveat: times are of this machine.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileModel } from '../compiler/index.ts';
import { inputSpecs } from '../compiler/onnx/inputs.ts';
import { readOnnx } from '../compiler/onnx/model.ts';
import { digestToHex } from '../fri/core/digest.ts';
import { bug, ZkvmError } from '../fri/core/errors.ts';
import { DEFAULT_PROFILE } from '../fri/pcs/profile.ts';
import { securityText } from '../fri/pcs/security.ts';
import { execute } from '../vm/executor/run.ts';
import { decodeProgram, encodeProgram } from '../vm/files/zkb.ts';
import { integersOf, toReals } from '../vm/library/integers.ts';
import { proveExecution } from '../vm/prove.ts';
import { loadModel, prepareModel } from '../vm/statement/model.ts';
import { verifyProof } from '../vm/verify.ts';
import { withBackend } from './backend.ts';
import { readCalibration } from './io/calibration.ts';
import { reportError } from './io/error-text.ts';
import { readBytes, readText } from './io/files.ts';
import { readTensors } from './io/tensors.ts';
import { formatCount, formatMs, processTerminal, type Terminal } from './io/terminal.ts';

const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
const MODELS = [
  { name: 'digits_mlp', what: 'two dense layers, 8 × 8 pixels' },
  { name: 'lenet', what: 'a LeNet: two convolutions, two poolings, three dense layers, 28 × 28 pixels' },
];

/** the folder of package.json, from the sources or from the build */
function packageRoot(): string {
  for (let folder = path.dirname(fileURLToPath(import.meta.url)); ; folder = path.dirname(folder)) {
    if (fs.existsSync(path.join(folder, 'package.json'))) return folder;
    if (folder === path.dirname(folder)) throw bug('package.json is not above this file');
  }
}

/** A square picture, dark to light; two characters a pixel when it is small. */
function picture(pixels: Float64Array): string[] {
  const shades = ' .:-=+*#%@';
  const side = Math.sqrt(pixels.length);
  const most = Math.max(...pixels);
  return Array.from({ length: side }, (_, row) => {
    const shade = (value: number): string => shades[Math.round((value / most) * (shades.length - 1))]!.repeat(2);
    return `    ${Array.from(pixels.subarray(row * side, (row + 1) * side), shade).join('')}`;
  });
}

const indexOfLargest = (values: ArrayLike<number>): number => {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
};

const row = (name: string, text: string): string => `  ${name.padEnd(18)} ${text}`;

async function demonstrate(terminal: Terminal, folder: string, name: string, what: string): Promise<void> {
  const at = (file: string): string => path.join(folder, name, file);
  const say = (...lines: string[]): void => terminal.out(lines);
  say('', `${name}: ${what}`);

  const onnx = readBytes(at('model.onnx'));
  const specs = inputSpecs(readOnnx(onnx));
  const timer = startTimer();
  const { program: compiled } = compileModel(onnx, { calibration: readCalibration(at('calib.json'), specs), name, labels: DIGITS });
  const zkb = encodeProgram(compiled);
  const compileMs = timer();

  const program = decodeProgram(zkb);
  const input = readTensors(at('input.json'));
  const pixels = input.named!.get(specs[0]!.name)!.data;
  say(...picture(pixels));
  const execution = execute(program, integersOf(input, program.inputs, 'input', program.metadata));
  const runMs = timer();

  const { proof, backend } = await withBackend('auto', async (chosen) => {
    const model = await prepareModel(program, DEFAULT_PROFILE, chosen.backend);
    return { proof: await proveExecution(model, execution), backend: chosen.why };
  });
  const proveMs = timer();

  const verifier = await withBackend('auto', (chosen) => loadModel(decodeProgram(zkb), DEFAULT_PROFILE, chosen.backend));
  const loadMs = timer();
  const verdict = verifyProof(verifier, proof.bytes, [DEFAULT_PROFILE]);
  const verifyMs = timer();

  const forged = proof.bytes.slice();
  forged[Math.floor(forged.length / 2)]! ^= 1;

  const output = program.outputs[0]!;
  const proved = toReals(output, verdict.outputs[output.name]!, 'output', program.metadata);
  const expected = (JSON.parse(readText(at('expected.json'))) as Record<string, { data: number[] }>)[output.name]!.data;
  const truth = (JSON.parse(readText(at('labels.json'))) as number[])[0]!;
  const scale = Math.max(...expected.map(Math.abs));
  const error = Math.max(...expected.map((x, i) => Math.abs(x - proved[i]!))) / scale;
  const label = indexOfLargest(proved);
  const column = (values: readonly number[]): string => values.map((x) => x.toFixed(2).padStart(7)).join('');
  say(
    row('label', `${DIGITS[label]} (written: ${truth}, float model: ${indexOfLargest(expected)})`),
    row('proved output', column(proved)),
    row('float output', column(expected)),
    row('largest error', `${(100 * error).toFixed(2)} % of the largest float output`),
    row('model id', digestToHex(verdict.modelId)),
    row('cells', formatCount(proof.cells)),
    row('proof', `${formatCount(proof.bytes.length)} bytes`),
    row('backend', backend),
    row('security', `${securityText(verdict.security)}, sum of all errors`),
    row(
      'time',
      `compile ${formatMs(compileMs)}, run ${formatMs(runMs)}, prove ${formatMs(proveMs)}, verify ${formatMs(verifyMs)} (+ ${formatMs(loadMs)} to commit the model once)`,
    ),
    row(
      'one bit changed',
      whyRejected(() => verifyProof(verifier, forged, [DEFAULT_PROFILE])),
    ),
  );
  if (label !== truth || label !== indexOfLargest(expected)) throw bug(`${name} says ${label}, the digit is ${truth}`);
}

/** The reason of a rejection. @throws if there is none */
function whyRejected(verify: () => unknown): string {
  try {
    verify();
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'rejected') return `rejected: ${error.what}${error.where ? ` (${error.where})` : ''}`;
    throw error;
  }
  throw bug('a changed proof was accepted');
}

/** milliseconds since the last call */
function startTimer(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const ms = now - last;
    last = now;
    return ms;
  };
}

const terminal = processTerminal();
try {
  terminal.out('zkvm demo. Proofs hide nothing: they contain the input and the output in clear.');
  const folder = path.join(packageRoot(), 'test', 'models');
  for (const { name, what } of MODELS) await demonstrate(terminal, folder, name, what);
} catch (error) {
  process.exitCode = reportError(terminal, error, false);
}
