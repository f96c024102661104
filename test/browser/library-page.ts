// Runs inside the browser: the library as a page uses it, with a prover in the page or in a worker, an abort in the middle, and a verdict from the
// record alone. Caveat: `phases` stays empty; proof bytes are compared by the test that opened it.
import { connectProver, createProver, Model, type Prover } from '../../vm/library/prover.ts';
import { ModelRecord, verify, ZkvmError } from '../../vm/library/verifier.ts';
import type { BrowserAnswer } from './answer.ts';

const query = new URLSearchParams(location.search);
const inWorker = query.get('worker') === '1';
const post = (path: string, body: BodyInit): Promise<Response> => fetch(path, { method: 'POST', body });
const get = async (path: string): Promise<ArrayBuffer> => (await fetch(path)).arrayBuffer();

const start = (): Promise<Prover> =>
  inWorker
    ? connectProver(new Worker('/vm/library/worker.ts', { type: 'module' }), { device: 'wasm' })
    : createProver({ device: 'wasm', threads: Number(query.get('threads')) });

/** how long after its abort a proof ends, as a text if it ends otherwise */
async function abortMs(prover: Prover, model: Model, image: Float32Array): Promise<number | string> {
  const controller = new AbortController();
  let aborted = 0;
  const once = (): void => {
    aborted = performance.now();
    controller.abort();
  };
  try {
    const options = {
      profile: 'fast',
      signal: controller.signal,
      onProgress: ({ phase }: { phase: string }) => void (phase === 'base' && once()),
    } as const;
    await prover.prove(model, image, options);
    return 'it was proved';
  } catch (error) {
    return (error as Error).name === 'AbortError' ? performance.now() - aborted : String(error);
  }
}

async function answer(): Promise<BrowserAnswer> {
  const model = Model.load(new Uint8Array(await get('/case/lenet.zkb')));
  const image = new Float32Array(await get('/case/lenet.f32'));
  const prover = await start();
  const started = performance.now();
  const { proof, outputs } = await prover.prove(model, image, { profile: 'fast' });
  const ms = performance.now() - started;
  const record = ModelRecord.decode((await model.recordFor(['fast'])).encode());
  const said = (bytes: Uint8Array): Promise<string> =>
    verify(bytes, record, { outputs, inputs: image, profiles: ['fast'] }).then(
      () => 'accepted',
      (error: unknown) => (error instanceof ZkvmError ? error.kind : String(error)),
    );
  const flipped = proof.slice();
  flipped[flipped.length >> 1]! ^= 1;
  const abort = await abortMs(prover, model, image);
  const verdict = typeof abort === 'number' && abort < 200 ? await said(proof) : `an abort took: ${abort}`;
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true;
  const found: BrowserAnswer = {
    isolated,
    worker: inWorker,
    backend: prover.backend,
    why: prover.why,
    cases: [{ name: 'lenet', ms, verdict, refusal: await said(flipped), phases: [] }],
  };
  await post('/proof/lenet', proof.slice());
  await prover.close();
  return found;
}

answer().then(
  (found) => post('/result', JSON.stringify(found)),
  (error: unknown) => post('/result', JSON.stringify({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })),
);
