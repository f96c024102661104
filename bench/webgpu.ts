// The WebGPU backend on synthetic traces of the real chips: total and per-kernel time, what bounds each kernel, memory; and that its
// proofs have the bytes of the reference. Run: npx tsx bench/webgpu.ts [--software] [--sizes 14,16] [--runs 3] [--threads 2] [--check].
// Caveat: cells are random, so a proof is not accepted; the prover's work does not depend on what the cells say.
import { freeSetup, type InstanceWitness, setupColumns } from '../air/columns.ts';
import { prove } from '../air/prove.ts';
import { jsBackend } from '../fri/backend/js/backend.ts';
import type { Backend } from '../fri/backend/seam.ts';
import type { Digest } from '../fri/core/digest.ts';
import { P } from '../fri/core/m31.ts';
import { PROFILES, type Profile } from '../fri/pcs/profile.ts';
import { wasmBackend } from '../gpu/wasm/backend.ts';
import { type WebgpuBackend, webgpuBackend } from '../gpu/webgpu/backend.ts';
import { measureCeilings } from '../gpu/webgpu/ceilings.ts';
import { timesOf } from '../gpu/webgpu/timestamps.ts';
import { cellCount } from '../vm/chips/cells.ts';
import { instanceOf, MACHINE, TYPE } from '../vm/chips/machine.ts';
import { CHIP_NAMES, type ChipName } from '../vm/chips/table.ts';

const option = (name: string, fallback: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
};
const flag = (name: string): boolean => process.argv.includes(`--${name}`);
const software = flag('software');
const common = {
  allowSoftware: software,
  powerPreference: 'high-performance',
  dawn: option('dawn', '').split(';').filter(Boolean),
} as const;
const sizes = option('sizes', software ? '8,10' : '14,16,18,20')
  .split(',')
  .map(Number);
const runs = Number(option('runs', '3'));
const threads = Number(option('threads', '2'));
/** largest size that the wasm backend is timed on */
const wasmLimit = Number(option('wasm', '16'));

const pool = new Uint32Array(2 ** 22);
let state = 88172645;
for (let i = 0; i < pool.length; i++) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  pool[i] = (state >>> 0) % P;
}

/** heights of the chips when mac has 2^logSize rows: about what a convolutional network needs */
const HEIGHTS: Readonly<Record<ChipName, number>> = { cpu: 6, mac: 0, store: 1, ram: 2, rom: 2, lut: 3, words: 2 };

function instancesOf(logSize: number): InstanceWitness[] {
  let offset = 0;
  return CHIP_NAMES.map((name) => {
    const type = TYPE[name];
    const { preprocessed, base } = MACHINE.components[type]!;
    const own = Math.max(1, logSize - HEIGHTS[name]);
    const column = (): Uint32Array => {
      offset = (offset + 104729) % (pool.length - 2 ** own + 1);
      return pool.subarray(offset, offset + 2 ** own);
    };
    return {
      ...instanceOf(type, own),
      preprocessed: preprocessed.map(column),
      columns: base.map(column),
    };
  });
}

const SIZES_OF_KIND = (instances: readonly InstanceWitness[]) => {
  let base = 0;
  let interaction = 0;
  let preprocessed = 0;
  for (const { type, logSize } of instances) {
    const c = MACHINE.components[type]!;
    base += c.base.length * 2 ** logSize;
    preprocessed += c.preprocessed.length * 2 ** logSize;
    interaction += 4 * (c.registers.length + c.sums.length) * 2 ** logSize;
  }
  return { base, interaction, preprocessed };
};

async function proofWords(
  backend: Backend,
  instances: readonly InstanceWitness[],
  profile: Profile,
  onStep?: (step: string, ms: number) => void,
) {
  const setup = await setupColumns(backend, instances, profile.logBlowup);
  const statement = {
    modelId: new Uint32Array(8) as Digest,
    preprocessedRoots: [setup.tree.root],
    inputs: [],
    outputs: [],
    context: new Uint8Array(0),
  };
  const started = performance.now();
  const { words } = await prove({ machine: MACHINE, profile, backend, statement, instances, setup, ...(onStep ? { onStep } : {}) });
  const ms = performance.now() - started;
  freeSetup(backend, setup);
  return { words, ms };
}

/** bytes of proofs on both backends, at both blowups */
async function check(gpu: WebgpuBackend): Promise<boolean> {
  let good = true;
  const easy = { query: 13, interaction: 14, deep: 3, fold: 2 };
  for (const [profile, logSize] of [
    [PROFILES.fast, 7],
    [PROFILES.fast, 9],
    [PROFILES.chain, 7],
  ] as const) {
    const instances = instancesOf(logSize);
    const p = { ...profile, work: easy };
    const [a, b] = [await proofWords(gpu, instances, p), await proofWords(jsBackend(), instances, p)];
    const same = a.words.length === b.words.length && a.words.every((word, i) => word === b.words[i]);
    console.log(`${same ? 'same bytes' : 'DIFFERENT BYTES'}: ${profile.name}, largest chip 2^${logSize}, ${a.words.length} words`);
    good &&= same;
  }
  return good;
}

const pad = (value: number | string, width: number, digits = 2): string =>
  (typeof value === 'number' ? value.toFixed(digits) : value).padStart(width);

async function measure(logSize: number, ceilings: Awaited<ReturnType<typeof measureCeilings>>): Promise<void> {
  const instances = instancesOf(logSize);
  const cells = cellCount(instances);
  const { base, interaction, preprocessed } = SIZES_OF_KIND(instances);
  const composition = 8 * 2 ** logSize;
  const backend = await webgpuBackend(common);
  const first = await proofWords(backend, instances, PROFILES.fast);
  const times: number[] = [];
  let steps: Record<string, number> = {};
  const before = backend.roundTrips;
  for (let run = 0; run < runs; run++) {
    const own: Record<string, number> = {};
    const { ms } = await proofWords(backend, instances, PROFILES.fast, (step, took) => {
      own[step] = (own[step] ?? 0) + took;
    });
    if (ms < Math.min(...times, Number.POSITIVE_INFINITY)) steps = own;
    times.push(ms);
  }
  const best = Math.min(...times);
  const trips = (backend.roundTrips - before) / runs - 1; // the setup's root is one
  const uploads: number[] = [];
  for (let run = 0; run < 3; run++) {
    const started = performance.now();
    const blocks = [];
    for (const instance of instances) blocks.push(await backend.upload(instance.columns, instance.logSize));
    await backend.idle();
    uploads.push(performance.now() - started);
    backend.free(...blocks);
  }
  const upload = Math.min(...uploads);
  console.log(
    `\n## ${(cells / 1e6).toFixed(1)} M cells (mac 2^${logSize}): ${best.toFixed(1)} ms, ${((best * 1e6) / cells).toFixed(3)} ns a cell`,
  );
  console.log(
    `runs ${times.map((t) => t.toFixed(1)).join(' ')} ms, first with compiling ${first.ms.toFixed(0)} ms; round trips ${trips.toFixed(1)}`,
  );
  console.log(
    `upload ${upload.toFixed(1)} ms (${((4 * base) / upload / 1e6).toFixed(2)} GB/s), device memory at most ${(backend.peakBytes / 1e6).toFixed(0)} MB, idle ${(backend.idleBytes / 1e6).toFixed(0)} MB`,
  );
  console.log(
    `steps ${Object.entries(steps)
      .map(([name, ms]) => `${name} ${ms.toFixed(1)}`)
      .join(', ')}`,
  );
  await backend.destroy();

  if (logSize <= wasmLimit) {
    const wasm = await wasmBackend({ threads });
    await proofWords(wasm, instances, PROFILES.fast);
    const { ms } = await proofWords(wasm, instances, PROFILES.fast);
    console.log(`wasm, ${threads} threads: ${ms.toFixed(0)} ms, ${(ms / best).toFixed(1)} times slower`);
    wasm.close();
  }

  const timed = await webgpuBackend({ ...common, profile: true });
  await proofWords(timed, instances, PROFILES.fast);
  await timed.takeSpans();
  await proofWords(timed, instances, PROFILES.fast);
  const kernels = [...timesOf(await timed.takeSpans())].sort((a, b) => b[1].ms - a[1].ms);
  await timed.destroy();
  if (!kernels.length) {
    console.log('this adapter has no timestamp queries');
    return;
  }
  // least bytes through memory: what a kernel must read and write once (PROFILES.fast doubles every column)
  const all = base + interaction + preprocessed + composition;
  const passes = logSize > 12 ? 2 : 1;
  const bytes: Record<string, number> = {
    'inverse fft': 8 * passes * (base + interaction + preprocessed) + 64 * composition,
    fft: 4 * (3 + 4 * (passes - 1)) * all,
    leaves: 8 * all,
    'fri leaves': 16 * 2 ** (logSize + 1),
    constraints: 8 * (all - composition),
    fractions: 4 * (base + preprocessed + interaction),
    registers: 4 * base,
    samples: 8 * all,
    'deep sums': 8 * 1.5 * all,
    'deep quotient': 2 ** (logSize + 1) * 16 * 3 * 6,
    nodes: 64 * 2 ** (logSize + 1) * 4,
  };
  const compressions: Record<string, number> = { leaves: (2 * all) / 16, nodes: 4 * 2 ** (logSize + 1) };
  const butterflies = (words: number, layers: number): number => (words / 2) * layers;
  const products: Record<string, number> = {
    'inverse fft': butterflies(base + interaction + preprocessed + composition, logSize),
    fft: butterflies(2 * all, logSize),
    samples: 8 * all,
    'deep sums': 8 * 1.5 * all,
  };
  const total = kernels.reduce((sum, [, time]) => sum + time.ms, 0);
  console.log(`kernel               ms  share  ns/cell  dispatches   GB/s  of memory  of products  of hashing`);
  for (const [label, { ms, dispatches }] of kernels) {
    const rate = bytes[label] === undefined ? undefined : bytes[label] / ms / 1e6;
    const percent = (part: number | undefined, whole: number): string =>
      part === undefined ? '-' : `${((100 * part) / whole).toFixed(0)} %`;
    const product = products[label] === undefined ? undefined : products[label] / ms / 1e6;
    const hash = compressions[label] === undefined ? undefined : compressions[label] / ms / 1e6;
    console.log(
      `${label.padEnd(17)} ${pad(ms, 8, 3)} ${pad(`${((100 * ms) / total).toFixed(0)} %`, 6)} ${pad((ms * 1e6) / cells, 8, 4)} ${pad(dispatches, 8, 0)} ${pad(rate ?? '-', 10, 0)} ${percent(rate, ceilings.gigabytesPerSecond).padStart(9)} ${percent(product, ceilings.gigaproductsPerSecond).padStart(9)} ${percent(hash, ceilings.gigacompressionsPerSecond).padStart(9)}`,
    );
  }
  console.log(`all kernels ${total.toFixed(2)} ms, ${((total * 1e6) / cells).toFixed(3)} ns a cell`);
}

const probe = await webgpuBackend(common);
const { adapter } = probe;
console.log(`adapter: ${adapter.vendor} ${adapter.architecture} ${adapter.device} ${adapter.description}`);
console.log(`limits: ${JSON.stringify(adapter.limits)}`);
if (flag('check') && !(await check(probe))) process.exitCode = 1;
await probe.destroy();
const ceilings = await measureCeilings(common);
console.log(
  `ceilings: copy ${ceilings.gigabytesPerSecond.toFixed(1)} GB/s read and written, ${ceilings.gigaproductsPerSecond.toFixed(1)} G products mod p a second, ${ceilings.gigacompressionsPerSecond.toFixed(3)} G compressions a second`,
);
for (const logSize of sizes) await measure(logSize, ceilings);
