// The worker that holds models: it compiles, runs, estimates and proves them. Source: the entries of the package. Caveat: one thread for all of it, and
// those of the WASM backend beside it; what takes long lets go of it between two operations, so an abort is heard.
import { compile, type ModelValues, onnxInputs, pictureOf, reportOf } from 'zkvm/compiler';
import { checkTrace, createProver, type Device, estimate, inspect, Model, type Prover, run } from 'zkvm/prover';
import { host } from './host.ts';
import type { MakerQuestions, ModelCard, ProverCard } from './questions.ts';

const models = new Map<number, Model>();
/** of models that were compiled here */
const valuesOf = new Map<number, ModelValues>();
let keys = 0;
let started: { device: Device; prover: Promise<Prover> } | undefined;

function modelOf(key: number): Model {
  const model = models.get(key);
  if (!model) throw new Error(`model ${key} is not here; load the page again`);
  return model;
}

function keep(model: Model, ms: number, notes: readonly string[] = [], values?: ModelValues): ModelCard {
  const key = keys++;
  models.set(key, model);
  if (values) valuesOf.set(key, values);
  const { name, labels, inputs, outputs, contentHash, tables } = model;
  const stored = reportOf(model);
  return { key, name, labels, inputs, outputs, bytes: model.bytes().length, contentHash, strict: tables === 'strict', stored, notes, ms };
}

/** One prover at a time; another device closes it. A software GPU is taken by whoever asks for WebGPU by name. */
async function proverOn(device: Device): Promise<Prover> {
  if (started?.device !== device) {
    const before = started?.prover;
    const next = Promise.resolve(before?.then((prover) => prover.close())).then(
      () => createProver({ device, gpu: { allowSoftware: device === 'webgpu' } }),
      () => createProver({ device, gpu: { allowSoftware: device === 'webgpu' } }),
    );
    started = { device, prover: next };
    next.catch(() => {
      if (started?.prover === next) started = undefined;
    });
  }
  return started.prover;
}

const prover = (): Promise<Prover> => (started ? started.prover : proverOn('auto'));
const cardOf = ({ backend, why }: Prover): ProverCard => ({
  backend,
  why,
  isolated: (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true,
});

host<MakerQuestions>({
  start: async ({ device }) => cardOf(await proverOn(device)),
  compile: async ({ onnx, ...options }, { signal, tell }) => {
    const before = performance.now();
    const notes: string[] = [];
    let values: ModelValues | undefined;
    const model = await compile(onnx, {
      ...options,
      signal,
      onProgress: tell,
      onNote: (note) => notes.push(note),
      onValues: (counted) => {
        values = counted;
      },
    });
    return keep(model, performance.now() - before, notes, values);
  },
  onnxInputs: async ({ onnx }) => onnxInputs(onnx),
  load: async ({ zkb }) => {
    const before = performance.now();
    const model = Model.load(zkb);
    return keep(model, performance.now() - before);
  },
  forget: async ({ key }) => {
    models.delete(key);
    valuesOf.delete(key);
    return undefined;
  },
  picture: async ({ key }) => pictureOf(modelOf(key), { values: valuesOf.get(key) }),
  file: async ({ key }) => modelOf(key).bytes(),
  record: async ({ key, profile }, { signal }) => {
    const record = await modelOf(key).recordFor([profile], { signal });
    return { bytes: record.encode(), modelId: record.id(profile) };
  },
  run: ({ key, inputs }, { signal }) => run(modelOf(key), inputs, { signal }),
  estimate: ({ key, profile }, { signal }) => estimate(modelOf(key), { profile, signal }),
  prepare: async ({ key, profile }, { signal }) => {
    const before = performance.now();
    await (await prover()).prepare(modelOf(key), { profile, signal });
    return { ms: performance.now() - before };
  },
  prove: async ({ key, inputs, profile, context }, { signal, tell }) => {
    const own = await prover();
    const before = performance.now();
    const proved = await own.prove(modelOf(key), inputs, { profile, signal, onProgress: tell, ...(context && { context }) });
    return { ...proved, ms: performance.now() - before, prover: cardOf(own) };
  },
  inspect: async ({ bytes }) => inspect(bytes),
  check: async ({ trace }) => checkTrace(trace),
});
