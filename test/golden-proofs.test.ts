// Every example program and every model of test/models gives the proof bytes that are written down: a change that was meant to move or to
// rename code shows here if it did more. Proof bytes are canonical, so these are the digests of every backend.
// Caveat: who changes the AIR, the transcript or the compiler on purpose renews the table (`ZKVM_GOLDEN=write`) and says so in the commit.
// Slow: a proof of every example program and model.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { airHash } from '../air/machine.ts';
import { hashBytes } from '../fri/core/blake2s.ts';
import { digestToHex, truncate } from '../fri/core/digest.ts';
import { PROFILES, type Profile } from '../fri/pcs/profile.ts';
import { type WasmBackend, wasmBackend } from '../gpu/wasm/backend.ts';
import { MACHINE } from '../vm/chips/machine.ts';
import { execute } from '../vm/executor/run.ts';
import type { IntegerTensors, Program } from '../vm/program/types.ts';
import { proveExecution } from '../vm/prove.ts';
import { prepareModel } from '../vm/statement/model.ts';
import { EASY_PROFILE } from './conformance/profile.ts';
import { compiledModel, sampleInput } from './devnet/models.ts';
import { EXAMPLES } from './vm/programs.ts';

const FILE = path.join(import.meta.dirname, 'golden/proofs.json');
const GOLDEN = JSON.parse(fs.readFileSync(FILE, 'utf8')) as Record<string, string>;
const found: Record<string, string> = {};
const RENEW = 'ZKVM_GOLDEN=write npx vitest run test/golden-proofs.test.ts';
const MODELS = ['digits_mlp', 'mlp784', 'lenet', 'lenet_max'];

let backend: WasmBackend;
beforeAll(async () => {
  backend = await wasmBackend({ threads: 2 });
});
afterAll(() => {
  backend.close();
  if (process.env.ZKVM_GOLDEN === 'write') fs.writeFileSync(FILE, `${JSON.stringify(found, null, 2)}\n`);
});

async function digestOfProof(program: Program, inputs: IntegerTensors, profile: Profile): Promise<string> {
  const model = await prepareModel(program, profile, backend, { allowUndetermined: true }); // hand-made programs with loops too
  const { bytes } = await proveExecution(model, execute(program, inputs), { context: new TextEncoder().encode('golden') });
  return `${digestToHex(model.id)} ${digestToHex(truncate(hashBytes(0, bytes)))}`;
}

function expectGolden(name: string, digest: string): void {
  found[name] = digest;
  if (process.env.ZKVM_GOLDEN !== 'write') expect(digest, `if the change is meant: ${RENEW}`).toBe(GOLDEN[name]);
}

test('the AIR has the hash that is written down', () => {
  expectGolden('AIR', digestToHex(airHash(MACHINE)));
});

test.each(EXAMPLES.map((example, i) => [i, example] as const))('example program %i', async (i, example) => {
  const { name, program, inputs } = example();
  expectGolden(`example ${i} ${name}`, await digestOfProof(program, inputs, EASY_PROFILE));
});

test.each(MODELS)('%s', async (name) => {
  const program = compiledModel(name);
  expectGolden(name, await digestOfProof(program, sampleInput(name, program), PROFILES.fast));
});

test('nothing is written down that is not proved', () => {
  expect(Object.keys(found).sort(), `if the change is meant: ${RENEW}`).toEqual(Object.keys(GOLDEN).sort());
});
