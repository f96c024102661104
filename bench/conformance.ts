// Every tier gives the same proof and the same digests in every phase, on whole models: js, wasm on one and two threads, WebGPU where
// there is an adapter, and headless Chromium: isolated, not isolated, on its software GPU. Prints a table; ends with 1 on a difference.
// Run: npm run conformance [-- --onnx folder --models lenet,dense4m --tiers js,wasm1,chromium-isolated --profile proven --limit seconds].
// Caveat: the first tier is the law; a tier that cannot run here says why in the table, and counts as a failure only with --strict.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ZkvmError } from '../fri/core/errors.ts';
import { BACKENDS, type BackendOptions } from '../gpu/backends.ts';
import type { BackendKind } from '../gpu/kind/kind.ts';
import { digestOfPhases, firstDifference, type PhaseDigest, short } from '../test/conformance/phases.ts';
import { conformanceProfile } from '../test/conformance/profile.ts';
import { proveWatched } from '../test/conformance/prove.ts';
import { encodeProgram } from '../vm/files/zkb.ts';
import type { Model } from '../vm/statement/model.ts';
import { verifyProof } from '../vm/verify.ts';
import { type Job, loadJob } from './models.ts';

/** an ONNX folder's name, or a network that bench/networks.ts assembles */
const ASSEMBLED = ['dense4m'];

const { values: options } = parseArgs({
  options: {
    onnx: { type: 'string', default: path.join(import.meta.dirname, '../test/models') },
    models: { type: 'string' },
    tiers: { type: 'string' },
    profile: { type: 'string', default: 'proven' },
    limit: { type: 'string', default: '900' },
    json: { type: 'string' },
    strict: { type: 'boolean', default: false },
  },
});
const limitMs = 1000 * Number(options.limit);
const profile = conformanceProfile(options.profile);

interface Outcome {
  bytes: Uint8Array;
  /** `accepted`, or what its own verifier has against it */
  verdict: string;
  digests: readonly PhaseDigest[];
  ms: number;
}
type Tier = (job: Job) => Promise<Outcome>;

const reason = (error: unknown): string =>
  (error instanceof ZkvmError ? `${error.code}: ${error.what}` : error instanceof Error ? error.message : String(error)).split('\n')[0]!;

function said(model: Model, bytes: Uint8Array): string {
  try {
    verifyProof(model, bytes, [profile]);
    return 'accepted';
  } catch (error) {
    return reason(error);
  }
}

/** the machine has no such browser, adapter, thread or memory; anything else that is thrown is a failure */
const cannotRun = (error: unknown): boolean => /ZK060[1236]|ZK062[0-3]|no Chromium found/.test(reason(error));

/** a backend that lives for one model */
const inNode =
  (kind: BackendKind<BackendOptions>, options: BackendOptions): Tier =>
  async (job) => {
    const { backend, close } = await kind.start(options);
    try {
      const { bytes, digests, ms, model } = await proveWatched(backend, job.program, job.inputs, profile);
      return { bytes, digests, ms, verdict: said(model, bytes) };
    } finally {
      await close();
    }
  };

const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--ignore-gpu-blocklist'];

const inChromium =
  (backend: string, isolated: boolean, threads: number, flags: readonly string[] = []): Tier =>
  async (job) => {
    const inputs = Object.fromEntries(Object.entries(job.inputs).map(([key, list]) => [key, [...list]]));
    const files = new Map<string, string | Uint8Array>([
      ['/case/model.zkb', encodeProgram(job.program)],
      ['/case/model.json', JSON.stringify(inputs)],
    ]);
    // in a worker, as a page that wants to stay responsive would
    const query = { backend, cases: 'model', threads: String(threads), worker: '1', profile: options.profile };
    const { openPage } = await import('../test/browser/sources.ts'); // a machine without a browser needs nothing of it
    const page = await openPage(files, { query, isolated, flags, limitMs });
    const [found] = page.cases;
    if (page.isolated !== isolated || !page.worker) throw new Error(`the page was not set up as asked: ${JSON.stringify(page)}`);
    if (found!.refusal !== 'rejected') throw new Error(`a proof with one flipped bit was ${found!.refusal}`);
    return { bytes: page.proofs.get('model')!, digests: found!.phases, ms: found!.ms, verdict: found!.verdict };
  };

/** the law first, then the other backends of the list, with one thread and with two where they take a number */
const IN_NODE = BACKENDS.toReversed().flatMap((kind): [string, Tier][] => {
  const options = { gpu: { allowSoftware: true } };
  if (!kind.threaded) return [[kind.name, inNode(kind, options)]];
  return [1, 2].map((threads) => [`${kind.name}${threads}`, inNode(kind, { ...options, threads })]);
});

const TIERS: Readonly<Record<string, Tier>> = {
  ...Object.fromEntries(IN_NODE),
  'chromium-isolated': inChromium('wasm', true, 2),
  'chromium-plain': inChromium('wasm', false, 1),
  'chromium-webgpu': inChromium('webgpu-software', true, 1, SOFTWARE_GPU),
};

function namesIn(folder: string): string[] {
  const found = fs.readdirSync(folder).filter((name) => fs.existsSync(path.join(folder, name, 'model.onnx')));
  return [...found.sort(), ...ASSEMBLED.filter((name) => !found.includes(name))];
}

const models = options.models?.split(',') ?? namesIn(options.onnx);
const tiers = options.tiers?.split(',') ?? Object.keys(TIERS);
for (const tier of tiers) if (!TIERS[tier]) throw new Error(`there is no tier ${tier}, but ${Object.keys(TIERS).join(', ')}`);

const rows: object[] = [];
let failures = 0;
let missing = 0;
for (const name of models) {
  let job: Job;
  try {
    job = loadJob(name, options.onnx);
  } catch (error) {
    if (!(error instanceof ZkvmError) || error.kind !== 'unsupported') throw error;
    console.log(`${name}: does not compile: ${reason(error)}`);
    continue;
  }
  let law: Outcome | undefined;
  for (const tier of tiers) {
    const row = { model: job.name, tier };
    const say = (text: string): void => console.log(`${job.name.padEnd(20)} ${tier.padEnd(18)} ${text}`);
    try {
      const outcome = await TIERS[tier]!(job);
      law ??= outcome;
      const difference = firstDifference(law.digests, outcome.digests);
      const same = difference === undefined && Buffer.compare(law.bytes, outcome.bytes) === 0;
      if (!same || outcome.verdict !== 'accepted') failures++;
      const agreement = same
        ? 'the same'
        : `DIFFERS from ${tiers[0]}, first in ${difference ? `${difference.phase}: ${difference.what}` : 'the file'}`;
      const verdict = `${law === outcome ? 'the law' : agreement}${outcome.verdict === 'accepted' ? '' : `, REFUSED by its verifier: ${outcome.verdict}`}`;
      const digest = short(digestOfPhases(outcome.digests));
      say(
        `${digest} ${outcome.digests.length} digests, ${outcome.bytes.length} bytes, ${(outcome.ms / 1000).toFixed(1)} s: ${law === outcome ? 'the law' : verdict}`,
      );
      rows.push({ ...row, digest, bytes: outcome.bytes.length, ms: outcome.ms, same, verdict: outcome.verdict });
    } catch (error) {
      if (cannotRun(error)) missing++;
      else failures++;
      say(`${cannotRun(error) ? 'could not run' : 'FAILED'}: ${reason(error)}`);
      rows.push({ ...row, failed: reason(error) });
    }
  }
}
console.log(`${failures} differences or failures, ${missing} could not run`);
if (options.json) fs.writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
if (failures > 0 || (options.strict && missing > 0)) process.exitCode = 1;
