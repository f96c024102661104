// The library in headless Chromium: a prover in the page and in a worker, cross-origin isolated and not, gives the proof that it gives in Node, ends
// within 200 ms of an abort, and is believed by the record alone. Caveat: without a Chromium it fails and says what to install.
import { beforeAll, expect, test } from 'vitest';
import { createProver } from '../../index.ts';
import { inputOf, modelOf } from '../library/kit.ts';
import { openPage } from './sources.ts';

const LIMIT_MS = 240_000;
const files = new Map<string, Uint8Array>();
let law: Buffer;

beforeAll(async () => {
  const model = await modelOf('lenet');
  const image = inputOf('lenet');
  files.set('/case/lenet.zkb', model.bytes());
  files.set('/case/lenet.f32', new Uint8Array(image.buffer));
  await using prover = await createProver({ device: 'wasm', threads: 1 });
  law = Buffer.from((await prover.prove(model, image, { profile: 'fast' })).proof);
});

test.each([
  ['a page', false, true],
  ['a page that is not isolated', false, false],
  ['a worker', true, true],
  ['a worker of a page that is not isolated', true, false],
])('a prover in %s', async (_where, worker, isolated) => {
  const query = { worker: worker ? '1' : '0', threads: '2' };
  const { cases, proofs, ...rest } = await openPage(files, { query, isolated, script: 'library-page.ts', limitMs: LIMIT_MS });
  expect(rest).toMatchObject({
    isolated,
    worker,
    backend: 'wasm',
    why: expect.stringMatching(isolated ? /threads$|one thread$/ : /one thread.*not cross-origin isolated/),
  });
  expect(cases).toMatchObject([{ name: 'lenet', verdict: 'accepted', refusal: 'rejected' }]);
  expect(proofs.get('lenet')!.equals(law)).toBe(true);
  const changed = Buffer.from(law);
  changed[100]! ^= 1;
  expect(proofs.get('lenet')!.equals(changed)).toBe(false);
});
