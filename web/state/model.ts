// The model of the page: which one, its samples, and the way from a file to a compiled model. Caveat: one model at a time; choosing another one ends
// what is under way for the one before.
import { computed, signal } from '@preact/signals';
import type { OnnxInput } from 'zkvm/compiler';
import type { Estimate, ModelTensors, ProfileName } from 'zkvm/prover';
import { maker } from '../engine/engines.ts';
import { isAbort, refusal } from '../engine/failure.ts';
import type { ModelCard } from '../engine/questions.ts';
import { samplesOf, wordsOf } from '../files/tensors.ts';
import type { DroppedFile } from '../parts/drop.tsx';
import { SHIPPED, type ShippedName } from '../shipped.ts';
import { TEXT } from '../text.ts';

/** Where a model comes from. */
export interface Source {
  /** one of the page's own, a file, or a file that was compiled elsewhere */
  origin: ShippedName | 'onnx' | 'zkb';
  name: string;
  /** as the command line finds it */
  fileName: string;
  onnx: Uint8Array;
  samples: readonly ModelTensors[];
  /** drawn by this page, not given */
  drawn: boolean;
  labels: readonly string[];
  acceptError: number | undefined;
}

export type ModelState =
  | { kind: 'empty' }
  | { kind: 'reading'; name: string }
  | { kind: 'wanting'; source: Source; inputs: readonly OnnxInput[]; error?: unknown }
  | { kind: 'compiling'; source: Source; phase: string; since: number }
  | { kind: 'ready'; source: Source; card: ModelCard }
  | { kind: 'failed'; source: Source | undefined; error: unknown };

export const modelState = signal<ModelState>({ kind: 'empty' });
export const ready = computed(() => (modelState.value.kind === 'ready' ? modelState.value : undefined));
export const profile = signal<ProfileName>('proven');
export const estimated = signal<{ key: number; profile: ProfileName; estimate: Estimate } | undefined>(undefined);

let under = new AbortController();

/** ends what is under way */
function begin(): AbortSignal {
  under.abort();
  under = new AbortController();
  estimated.value = undefined;
  return under.signal;
}

async function guarded(source: Source | undefined, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!signal.aborted && !isAbort(error)) modelState.value = { kind: 'failed', source, error };
  }
}

const fetched = async (address: string, signal: AbortSignal): Promise<Response> => {
  const response = await fetch(address, { signal });
  if (!response.ok) throw refusal(TEXT.model.notServed(address));
  return response;
};

async function compile(source: Source, signal: AbortSignal): Promise<void> {
  const since = performance.now();
  const before = ready.value?.card;
  modelState.value = { kind: 'compiling', source, phase: '', since };
  const { onnx, samples, name, labels, acceptError } = source;
  const ask = { onnx, calibration: samples, name, ...(labels.length > 0 && { labels }), ...(acceptError !== undefined && { acceptError }) };
  const onTold = ({ phase }: { phase: string }): void => {
    if (!signal.aborted) modelState.value = { kind: 'compiling', source, phase, since };
  };
  const card = await maker.ask('compile', ask, { signal, onTold });
  if (!signal.aborted) keep(source, card, before);
}

function keep(source: Source, card: ModelCard, before: ModelCard | undefined): void {
  if (before) void maker.ask('forget', { key: before.key });
  modelState.value = { kind: 'ready', source, card };
}

/** One of the page's own models. */
export function choose(name: ShippedName): Promise<void> {
  const signal = begin();
  const { folder, labels } = SHIPPED[name];
  modelState.value = { kind: 'reading', name };
  return guarded(undefined, signal, async () => {
    const [onnx, calibration] = await Promise.all(
      ['model.onnx', 'calib.json'].map((file) => fetched(`./models/${folder}/${file}`, signal)),
    );
    const samples = (await calibration!.json()) as ModelTensors[];
    const bytes = new Uint8Array(await onnx!.arrayBuffer());
    const source = {
      origin: name,
      name,
      fileName: `${name}.onnx`,
      onnx: bytes,
      samples,
      drawn: false,
      labels,
      acceptError: undefined,
    } as const;
    await compile(source, signal);
  });
}

const ending = (name: string): string => /\.[^.]*$/.exec(name)?.[0].toLowerCase() ?? '';
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Files that were dropped: a model, samples, labels, in any order and together or one after the other. */
export function chooseFiles(files: readonly DroppedFile[]): Promise<void> {
  const compiled = files.find(({ name }) => ending(name) === '.zkb');
  const onnx = files.find(({ name }) => ending(name) === '.onnx');
  const others = files.filter((file) => file !== compiled && file !== onnx);
  const known = modelState.value;
  const before = known.kind === 'wanting' ? known.source : undefined;
  const signal = begin();
  if (compiled) {
    modelState.value = { kind: 'reading', name: compiled.name };
    return guarded(undefined, signal, () => load(compiled, signal));
  }
  if (!onnx && !before)
    return guarded(undefined, signal, () => Promise.reject(refusal(TEXT.model.noModel, TEXT.model.noModelFix, files[0]?.name)));
  const base: Source = onnx
    ? {
        origin: 'onnx',
        name: onnx.name.replace(/\.[^.]*$/, ''),
        fileName: onnx.name,
        onnx: onnx.bytes,
        samples: [],
        drawn: false,
        labels: [],
        acceptError: undefined,
      }
    : before!;
  modelState.value = { kind: 'reading', name: base.fileName };
  return guarded(base, signal, async () => {
    const inputs = await maker.ask('onnxInputs', { onnx: base.onnx }, { signal });
    const names = inputs.map(({ name }) => name);
    try {
      const words = others.map((file) => wordsOf(textOf(file.bytes)));
      const samples = others.flatMap((file, i) => (words[i] ? [] : samplesOf({ name: file.name, text: textOf(file.bytes) }, names)));
      const labels = words.find((each) => each !== undefined) ?? base.labels;
      const source = { ...base, samples: samples.length > 0 ? samples : base.samples, labels };
      if (source.samples.length > 0) await compile(source, signal);
      else modelState.value = { kind: 'wanting', source, inputs };
    } catch (error) {
      // who has to give samples may give others: the model need not be dropped again
      if (signal.aborted || modelState.value.kind === 'compiling') throw error;
      modelState.value = { kind: 'wanting', source: base, inputs, error };
    }
  });
}

async function load({ name, bytes }: DroppedFile, signal: AbortSignal): Promise<void> {
  const before = ready.value?.card;
  const card = await maker.ask('load', { zkb: bytes }, { signal });
  const source: Source = {
    origin: 'zkb',
    name: card.name,
    fileName: name,
    onnx: new Uint8Array(),
    samples: [],
    drawn: false,
    labels: card.labels,
    acceptError: undefined,
  };
  if (!signal.aborted) keep(source, card, before);
}

/** Goes on with samples that the page drew, or with another choice about the same file. */
export function compileAgain(source: Source, changes: Partial<Source> = {}): Promise<void> {
  const signal = begin();
  const changed = { ...source, ...changes };
  return guarded(changed, signal, () => compile(changed, signal));
}
