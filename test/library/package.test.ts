// What npm publishes, in a project of somebody else's: strict, without skipLibCheck, with no types but its own. It is packed, installed by hand (the
// network is not asked), compiled and run in Node. Caveat: the dependencies of the package are those of this repository.
// Slow: it builds the package and compiles a project against it.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packInto, run } from '../packed.ts';
import { inputOf, MODELS } from './kit.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-package-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const at = (...names: string[]): string => path.join(folder, ...names);
const LIMIT_MS = 300_000;

const PROGRAM = `import { readFile } from 'fs/promises';
import { compile, createProver, type ModelTensors, verify } from 'zkvm';

const onnxBytes: Uint8Array = await readFile('model.onnx');
const calibration = JSON.parse(await readFile('calib.json', 'utf8')) as ModelTensors[];
const image = Float32Array.from(JSON.parse(await readFile('image.json', 'utf8')) as number[]);

const model = await compile(onnxBytes, { calibration });
await using prover = await createProver({ device: 'auto' });
const { outputs, proof } = await prover.prove(model, { input: image }, { profile: 'fast' });
const verdict = await verify(proof, model.record, { outputs, profiles: ['fast'] });
console.log(JSON.stringify({ backend: prover.backend, accepted: verdict.accepted, output: [...verdict.outputs.output!.data] }));
`;
const SUBPATHS = `import { compile, reportOf } from 'zkvm/compiler';
import { connectProver, createProver, Model, run } from 'zkvm/prover';
import { debugTrace } from 'zkvm/debugger';
import { registrationCalldata, verifyCalldata } from 'zkvm/starknet';
import { ModelRecord, verify, ZkvmError } from 'zkvm/verifier';

const browser = new Worker('worker.js', { type: 'module' });
export const used = [compile, reportOf, debugTrace, createProver, Model, run, registrationCalldata, verifyCalldata, ModelRecord, verify, ZkvmError];
export const prover = connectProver(browser, { device: 'wasm' });
`;
/** a declaration of node's that the program needs, so that the project has no types of Node's */
const READS =
  "declare module 'fs/promises' { export function readFile(file: string): Promise<Uint8Array>; export function readFile(file: string, encoding: 'utf8'): Promise<string>; }\n";

const tsc = (...more: string[]): string => {
  try {
    return execFileSync(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', at('tsconfig.json'), ...more], {
      encoding: 'utf8',
    });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
};

beforeAll(() => {
  const tarball = packInto(folder);
  fs.mkdirSync(at('node_modules/zkvm'), { recursive: true });
  run('tar', ['-xzf', tarball, '--strip-components=1', '-C', at('node_modules/zkvm')], folder);
  for (const name of ['@noble', 'starknet', 'yargs']) fs.symlinkSync(path.join(ROOT, 'node_modules', name), at('node_modules', name));
  for (const file of ['model.onnx', 'calib.json']) fs.copyFileSync(path.join(MODELS, 'lenet', file), at(file));
  fs.writeFileSync(at('image.json'), JSON.stringify([...inputOf('lenet')]));
  fs.writeFileSync(at('package.json'), JSON.stringify({ name: 'fresh', type: 'module', private: true }));
  fs.writeFileSync(at('reads.d.ts'), READS);
  fs.writeFileSync(at('program.ts'), PROGRAM);
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2022', 'DOM', 'ESNext.Disposable'],
    module: 'NodeNext',
    strict: true,
    skipLibCheck: false,
    types: [],
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
  };
  fs.writeFileSync(at('tsconfig.json'), JSON.stringify({ compilerOptions, files: ['reads.d.ts', 'program.ts'] }));
}, LIMIT_MS);

test('the five lines compile and run', { timeout: LIMIT_MS }, () => {
  expect(tsc()).toBe('');
  const said = JSON.parse(execFileSync(process.execPath, ['program.js'], { cwd: folder, encoding: 'utf8' })) as { output: number[] };
  expect(said).toMatchObject({ backend: 'wasm', accepted: true });
  expect(said.output.indexOf(Math.max(...said.output))).toBe(7);
});

test('a misspelled name does not compile', { timeout: LIMIT_MS }, () => {
  fs.writeFileSync(at('program.ts'), PROGRAM.replace('{ outputs, proof }', '{ outputs, prof }'));
  expect(tsc('--noEmit')).toContain("'prof' does not exist");
  fs.writeFileSync(at('program.ts'), PROGRAM);
});

test('every other entry has types that stand alone, and none of them any', { timeout: LIMIT_MS }, () => {
  fs.writeFileSync(
    at('subpaths.ts'),
    SUBPATHS.replace("import { registrationCalldata, verifyCalldata } from 'zkvm/starknet';\n", '').replace(
      'registrationCalldata, verifyCalldata, ',
      '',
    ),
  );
  fs.writeFileSync(at('tsconfig.json'), fs.readFileSync(at('tsconfig.json'), 'utf8').replace('"program.ts"', '"subpaths.ts"'));
  expect(tsc('--noEmit')).toBe('');
  const untyped = (text: string): boolean => /[:<(|&,]\s*any\b/.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''));
  for (const folder of ['vm/library', 'contracts/client']) {
    const own = at('node_modules/zkvm/dist', folder);
    const declarations = fs.readdirSync(own).filter((file) => file.endsWith('.d.ts'));
    expect(declarations.length).toBeGreaterThan(10);
    expect(declarations.filter((file) => untyped(fs.readFileSync(path.join(own, file), 'utf8')))).toEqual([]);
  }
  expect(untyped('export declare function f(x: any): void;')).toBe(true);
});
