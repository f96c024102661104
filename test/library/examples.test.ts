// The examples for Node do what they say. Caveat: those for a page are checked for their types only; test/browser has a page of its own.
// Slow: it compiles models in other processes.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { endpoint } from '../../examples/hono/server.ts';
import { createProver, ModelRecord, verify } from '../../index.ts';
import { inputOf, MODELS, modelOf, rejection } from './kit.ts';

const ROOT = path.join(import.meta.dirname, '../..');

test('the script proves a model of a folder, and fails without one', () => {
  const run = (folder: string): string =>
    execFileSync(process.execPath, ['--import', 'tsx', 'examples/node/prove.ts', folder], { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });
  const { outputs, proofBytes } = JSON.parse(run(path.join(MODELS, 'digits_mlp'))) as {
    outputs: Record<string, number[]>;
    proofBytes: number;
  };
  expect(Object.values(outputs)[0]).toHaveLength(10);
  expect(proofBytes).toBeGreaterThan(100_000);
  expect(() => run(MODELS)).toThrow(/ENOENT/);
});

test('the endpoint proves what it is posted, and says what is wrong with it', async () => {
  const model = await modelOf('digits_mlp');
  await using prover = await createProver({ device: 'wasm' });
  const app = endpoint(model, prover);
  const post = (body: string): Response | Promise<Response> => app.request('/prove', { method: 'POST', body });
  const answer = await post(JSON.stringify({ input: [...inputOf('digits_mlp')] }));
  expect(answer.status).toBe(200);
  const { proof, outputs } = (await answer.json()) as { proof: string; outputs: Record<string, number[]> };
  const record = ModelRecord.decode(new Uint8Array(await (await app.request('/record')).arrayBuffer()));
  const bytes = new Uint8Array(Buffer.from(proof, 'base64'));
  expect(await verify(bytes, record, { outputs })).toMatchObject({ accepted: true });
  bytes[bytes.length >> 1]! ^= 1;
  expect(await rejection(verify(bytes, record))).toMatchObject({ kind: 'rejected' });
  expect((await post('{"input": [1]}')).status).toBe(422);
  expect((await post('{')).status).toBe(400);
});
