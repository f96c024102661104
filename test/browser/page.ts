// Runs inside the browser: proves every case with the backend that the address asks for, checks the proofs with the project's own
// verifier, and posts proofs and findings to the server. The same module is the page's script and a worker's.
// Caveat: it may import only what runs without Node; the browser refuses anything else.
import { ZkvmError } from '../../fri/core/errors.ts';
import { type SelectedBackend, withSelected } from '../../gpu/select.ts';
import type { WebgpuBackendOptions } from '../../gpu/webgpu/backend.ts';
import { decodeProgram } from '../../vm/files/zkb.ts';
import { verifyProof } from '../../vm/verify.ts';
import { conformanceProfile } from '../conformance/profile.ts';
import { proveWatched } from '../conformance/prove.ts';
import type { BrowserAnswer } from './answer.ts';

/** what the address may ask for besides the names of backends: SwiftShader, a GPU with room for nothing, a browser from before WebGPU */
const ASKED: Readonly<Record<string, { name: string; gpu?: WebgpuBackendOptions }>> = {
  'auto-old': { name: 'auto' },
  'webgpu-software': { name: 'webgpu', gpu: { allowSoftware: true } },
  'auto-tight': { name: 'auto', gpu: { allowSoftware: true, memoryBytes: 2 ** 18 } },
};

const post = (path: string, body: BodyInit): Promise<Response> => fetch(path, { method: 'POST', body });

async function proveAll(query: URLSearchParams): Promise<BrowserAnswer> {
  const asked = query.get('backend')!;
  if (asked === 'auto-old') Object.defineProperty(navigator, 'gpu', { value: undefined });
  const { name, ...options } = ASKED[asked] ?? { name: asked };
  return withSelected(name, { ...options, threads: Number(query.get('threads')) }, (selected) => proveCases(query, selected));
}

async function proveCases(query: URLSearchParams, { backend, why }: SelectedBackend): Promise<BrowserAnswer> {
  const profile = conformanceProfile(query.get('profile')!);
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true;
  const answer: BrowserAnswer = { isolated, backend: backend.name, why, worker: typeof window === 'undefined', cases: [] };
  for (const name of query.get('cases')!.split(',')) {
    const program = decodeProgram(new Uint8Array(await (await fetch(`/case/${name}.zkb`)).arrayBuffer()));
    const listed = (await (await fetch(`/case/${name}.json`)).json()) as Record<string, number[]>;
    const inputs = Object.fromEntries(Object.entries(listed).map(([key, values]) => [key, Int32Array.from(values)]));
    const { bytes, digests, ms, model } = await proveWatched(backend, program, inputs, profile);

    // what this browser made, this browser accepts; one flipped bit, and it does not
    const said = (proof: Uint8Array): string => {
      try {
        verifyProof(model, proof, [profile]);
        return 'accepted';
      } catch (error) {
        return error instanceof ZkvmError ? error.kind : String(error);
      }
    };
    const flipped = bytes.slice();
    flipped[flipped.length >> 1]! ^= 1;
    answer.cases.push({ name, ms, verdict: said(bytes), refusal: said(flipped), phases: digests });
    await post(`/proof/${name}`, bytes.slice());
  }
  return answer;
}

const query = new URLSearchParams(location.search);
if (typeof window !== 'undefined' && query.get('worker') === '1') {
  const worker = new Worker(`/test/browser/page.ts${location.search}`, { type: 'module' });
  worker.onerror = (event) => void post('/result', JSON.stringify({ error: `worker: ${event.message}` }));
} else {
  proveAll(query).then(
    (answer) => post('/result', JSON.stringify(answer)),
    (error: unknown) => post('/result', JSON.stringify({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })),
  );
}
