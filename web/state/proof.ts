// The input of the page, what the model answers, and the proof of it, verified at once by the worker that has no model. Caveat: a proof stays when the
// input changes, until the next one is made; it says itself what it is about.
import { computed, effect, signal, untracked } from '@preact/signals';
import type { ModelTensors, ProfileName, Ran } from 'zkvm/prover';
import type { Verdict } from 'zkvm/verifier';
import { maker, verifier } from '../engine/engines.ts';
import { isAbort } from '../engine/failure.ts';
import type { ModelCard, ProverCard } from '../engine/questions.ts';
import { estimated, modelState, profile, ready } from './model.ts';

export interface GivenInput {
  /** of the model with this key */
  key: number;
  tensors: ModelTensors;
}

/** A proof with its verdict, and what it took. */
export interface MadeProof {
  model: ModelCard;
  proof: Uint8Array;
  record: Uint8Array;
  verdict: Verdict;
  input: ModelTensors;
  prover: ProverCard;
  cells: number;
  /** of the prover, from question to answer */
  proveMs: number;
  verifyMs: number;
  /** from the click to the verdict */
  allMs: number;
  saturated: number;
  unsteady: number;
}

export type ProofState =
  | { kind: 'none' }
  | { kind: 'proving'; ended: readonly { phase: string; ms: number }[]; fraction: number; cells: number; since: number; stop: () => void }
  | { kind: 'made'; made: MadeProof; ended: readonly { phase: string; ms: number }[] }
  | { kind: 'failed'; error: unknown };

export const input = signal<GivenInput | undefined>(undefined);
export const answer = signal<{ kind: 'none' } | { kind: 'ran'; ran: Ran } | { kind: 'failed'; error: unknown }>({ kind: 'none' });
export const proofState = signal<ProofState>({ kind: 'none' });
export const prover = signal<ProverCard | undefined>(undefined);
/** committing the model ahead of its first proof */
export const preparing = signal(false);

/** the input, if it is of the model that is there */
export const currentInput = computed(() => (input.value && input.value.key === ready.value?.card.key ? input.value : undefined));

// the model's answer follows the input; what comes while one is computed waits, and only the last of them is computed
let running = false;
async function follow(): Promise<void> {
  if (running) return;
  running = true;
  try {
    for (let of = currentInput.value; of; ) {
      try {
        const ran = await maker.ask('run', { key: of.key, inputs: of.tensors });
        if (of === currentInput.value) answer.value = { kind: 'ran', ran };
      } catch (error) {
        if (of === currentInput.value) answer.value = { kind: 'failed', error };
      }
      if (of === currentInput.value) break;
      of = currentInput.value;
    }
  } finally {
    running = false;
  }
}

effect(() => {
  if (currentInput.value) void follow();
  else answer.value = { kind: 'none' };
});

// a model that is there is committed ahead of its first proof, then its costs are estimated
let preparation = new AbortController();
/** begins it again where it is not there yet: a proof takes its place, and comes before the estimate */
export function prepareAgain(): void {
  const model = ready.value;
  const wanted = profile.value;
  preparation.abort();
  if (!model || (estimated.peek()?.key === model.card.key && estimated.peek()?.profile === wanted)) return;
  preparation = new AbortController();
  // untracked: a prover that has started is no reason to begin again
  untracked(() => void prepared(model.card, wanted, preparation.signal));
}
effect(prepareAgain);

async function prepared(card: ModelCard, wanted: ProfileName, stop: AbortSignal): Promise<void> {
  preparing.value = true;
  try {
    prover.value ??= await maker.ask('start', { device: 'auto' });
    await maker.ask('prepare', { key: card.key, profile: wanted }, { signal: stop });
    const estimate = await maker.ask('estimate', { key: card.key, profile: wanted }, { signal: stop });
    if (!stop.aborted) estimated.value = { key: card.key, profile: wanted, estimate };
  } catch (error) {
    // a proof that is asked for says what is wrong; nobody asked for this one
    if (!isAbort(error)) console.warn(error);
  } finally {
    if (!stop.aborted) preparing.value = false;
  }
}

/** What is to be proved, and who hears how far it is. */
export interface Making {
  of: GivenInput;
  model: ModelCard;
  profile: ProfileName;
  context?: Uint8Array;
  signal: AbortSignal;
  onProving(now: Pick<ProofState & { kind: 'proving' }, 'ended' | 'fraction' | 'cells' | 'since'>): void;
}

/** Proves an input, then lets the other worker verify. */
export async function makeProof({
  of,
  model,
  profile: wanted,
  context,
  signal,
  onProving,
}: Making): Promise<{ made: MadeProof; ended: { phase: string; ms: number }[] }> {
  // what is prepared for another proof would make this one wait
  preparation.abort();
  preparing.value = false;
  const since = performance.now();
  const ended: { phase: string; ms: number }[] = [];
  onProving({ ended: [], fraction: 0, cells: 0, since });
  verifier.warm();
  let before = since;
  const proved = await maker.ask(
    'prove',
    { key: of.key, inputs: of.tensors, profile: wanted, ...(context && { context }) },
    {
      signal,
      onTold: ({ phase, fraction, cells }) => {
        const now = performance.now();
        ended.push({ phase, ms: now - before });
        before = now;
        if (!signal.aborted) onProving({ ended: [...ended], fraction, cells, since });
      },
    },
  );
  prover.value = proved.prover;
  const { bytes: record } = await maker.ask('record', { key: of.key, profile: wanted }, { signal });
  const verdict = await verifier.ask('verify', { proof: proved.proof, record, profiles: [wanted] }, { signal });
  const made: MadeProof = {
    model,
    proof: proved.proof,
    record,
    verdict,
    input: of.tensors,
    prover: proved.prover,
    cells: proved.cells,
    proveMs: proved.ms,
    verifyMs: verdict.ms,
    allMs: performance.now() - since,
    saturated: proved.saturated.length,
    unsteady: proved.unsteady.length,
  };
  return { made, ended };
}

/** Proves the current input as the view Prove has it. */
export async function prove(): Promise<void> {
  const of = currentInput.value;
  const model = ready.value;
  if (!of || !model) return;
  const controller = new AbortController();
  const { signal } = controller;
  const stop = (): void => controller.abort();
  try {
    const onProving: Making['onProving'] = (now) => {
      proofState.value = { kind: 'proving', ...now, stop };
    };
    proofState.value = { kind: 'made', ...(await makeProof({ of, model: model.card, profile: profile.value, signal, onProving })) };
  } catch (error) {
    proofState.value = isAbort(error) ? { kind: 'none' } : { kind: 'failed', error };
  }
  prepareAgain();
}

/** another device from now on. @returns when it has started */
export async function useDevice(device: 'auto' | 'webgpu' | 'wasm' | 'js'): Promise<void> {
  prover.value = await maker.ask('start', { device });
}

// a proof of another model is no proof of this one
effect(() => {
  if (modelState.value.kind !== 'ready') proofState.value = { kind: 'none' };
});
