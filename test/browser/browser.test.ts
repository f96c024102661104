// The same proof bytes in a browser as in Node: headless Chromium, cross-origin isolated and not, on the page's thread and in a
// worker, and on WebGPU with Chromium's software adapter. The law is Node's plain-TypeScript backend.
// Why the software adapter takes as long as all the rest: 94 % of a first proof is the kernels' translation. Measured on two busy cores with createComputePipeline and
// submit of the page wrapped: a proof of digits 77 s, the same again 4.4 s; of the first one 23 s pass while 60 pipelines are made and 50 s in the submissions that use
// a kernel for the first time, which is when SwiftShader translates it, four of them 8 to 15 s each. LeNet after it, 30 s, is arithmetic: again it takes as long.
// Caveat: without a Chromium these tests fail and say what to install; nothing is skipped.
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadJob } from '../../bench/models.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { encodeProgram } from '../../vm/files/zkb.ts';
import type { IntegerTensors, Program } from '../../vm/program/types.ts';
import { firstDifference, type PhaseDigest } from '../conformance/phases.ts';
import { EASY_PROFILE } from '../conformance/profile.ts';
import { proveWatched } from '../conformance/prove.ts';
import { loop } from '../vm/programs.ts';
import { findChromium, NO_GPU, SWIFTSHADER } from './chromium.ts';
import { openPage, type PageRequest, type PageResult } from './sources.ts';

const MODELS = path.join(import.meta.dirname, '../models');
const LIMIT_MS = 240_000;
const SOFTWARE_LIMIT_MS = 600_000;
const ALL = 'digits_mlp,loop,lenet';

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});

const files = new Map<string, string | Uint8Array>();
const law = new Map<string, { bytes: Buffer; digests: PhaseDigest[] }>();

/** a case as the page fetches it, and the proof that it must give */
async function add(name: string, program: Program, inputs: IntegerTensors): Promise<void> {
  files.set(`/case/${name}.zkb`, encodeProgram(program));
  files.set(`/case/${name}.json`, JSON.stringify(Object.fromEntries(Object.entries(inputs).map(([key, values]) => [key, [...values]]))));
  const { bytes, digests } = await proveWatched(jsBackend(), program, inputs, EASY_PROFILE);
  law.set(name, { bytes: Buffer.from(bytes), digests });
}

beforeAll(async () => {
  for (const name of ['digits_mlp', 'lenet']) {
    const { program, inputs } = loadJob(name, MODELS);
    await add(name, program, inputs);
    if (name === 'lenet') continue;
    const [region] = program.inputs;
    const changed = inputs[region!.name]!.map((x, i) => (i === 20 ? (x === region!.hi ? x - 1 : x + 1) : x));
    files.set('/case/changed.zkb', files.get('/case/digits_mlp.zkb')!);
    files.set('/case/changed.json', JSON.stringify({ [region!.name]: [...changed] }));
  }
  const { program, inputs } = loop();
  await add('loop', program, inputs);
});

const open = (
  backend: string,
  rest: Partial<PageRequest> & { threads?: number; worker?: boolean; cases?: string },
): Promise<PageResult> => {
  const { threads = 2, worker = false, cases = ALL, isolated = true, flags = [], limitMs = LIMIT_MS } = rest;
  const query = { backend, cases, threads: String(threads), worker: worker ? '1' : '0', profile: 'easy' };
  return openPage(files, { query, isolated, flags, limitMs });
};

/** every proof that came back is the law's, the flipped ones were rejected */
function expectTheLaw(page: PageResult, cases: string): void {
  expect(page.cases.map(({ name, verdict, refusal }) => [name, verdict, refusal])).toEqual(
    cases.split(',').map((name) => [name, 'accepted', 'rejected']),
  );
  for (const { name, phases } of page.cases) {
    expect(firstDifference(law.get(name)!.digests, phases), name).toBeUndefined();
    expect(page.proofs.get(name)!.equals(law.get(name)!.bytes), name).toBe(true);
  }
}

describe('proof bytes in headless Chromium', () => {
  test.each([
    ['the page', false],
    ['a worker', true],
  ])('cross-origin isolated, two WASM threads, in %s', async (_place, worker) => {
    const page = await open('wasm', { worker });
    expect(page).toMatchObject({ isolated: true, worker, backend: 'wasm', why: 'WASM-SIMD on 2 threads' });
    expectTheLaw(page, ALL);
  });

  test('not isolated: one WASM thread, and the reason says so', async () => {
    const page = await open('wasm', { isolated: false });
    expect(page).toMatchObject({ isolated: false, backend: 'wasm', why: expect.stringMatching(/one thread.*not cross-origin isolated/) });
    expectTheLaw(page, ALL);
  });

  test('of an input that differs in one element are others', async () => {
    const page = await open('wasm', { cases: 'changed', threads: 1 });
    expect(page.proofs.get('changed')!.equals(law.get('digits_mlp')!.bytes)).toBe(false);
    // the model is the same, the trace is not: the first result that differs is a column of its trace
    expect(firstDifference(law.get('digits_mlp')!.digests, page.cases[0]!.phases)).toMatchObject({
      phase: 'trace',
      what: expect.stringMatching(/^trace/),
    });
  });

  test("WebGPU on Chromium's software adapter", { timeout: SOFTWARE_LIMIT_MS + 30_000 }, async () => {
    const page = await open('webgpu-software', { flags: SWIFTSHADER, limitMs: SOFTWARE_LIMIT_MS });
    expect(page).toMatchObject({ backend: 'webgpu', why: expect.stringMatching(/swiftshader/i) });
    expectTheLaw(page, ALL);
  });
});

test.each([
  [
    'a page with a software GPU',
    'auto',
    SWIFTSHADER,
    false,
    /the only WebGPU adapter is a software one \(.*swiftshader.* is slower than wasm\)$/i,
  ],
  ['a worker with a software GPU', 'auto', SWIFTSHADER, true, /the only WebGPU adapter is a software one \(.* is slower than wasm\)$/],
  ['a page without a GPU', 'auto', NO_GPU, false, /no WebGPU adapter \(the system offers none\)$/],
  ['a browser from before WebGPU', 'auto-old', [], false, /no WebGPU adapter \(this browser has no navigator.gpu\)$/],
  ['a page whose GPU has no room', 'auto-tight', SWIFTSHADER, false, /the proof does not fit the GPU \(.*allowed are.*\)$/],
] as const)('auto in %s takes WASM, and says why in a line', async (_place, backend, flags, worker, reason) => {
  const page = await open(backend, { flags, cases: 'loop', worker });
  expect(page).toMatchObject({ worker, backend: 'wasm', why: expect.stringMatching(/^WASM-SIMD on 2 threads/) });
  expect(page.why).toMatch(reason);
  expectTheLaw(page, 'loop');
});

test('a page that fails is reported with its reason', async () => {
  await expect(open('no such backend', { cases: 'loop' })).rejects.toThrow('there is no backend');
});

test('without a browser the tests fail and say what to install', () => {
  process.env = { PATH: '/nowhere' };
  expect(findChromium).toThrow(/no Chromium found.*apt-get install -y chromium.*CHROMIUM/);
});
