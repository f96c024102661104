// The trace that is open, the step that is shown and what the judge says; they outlive a visit of the view. Caveat: a step that is asked for while another
// one is on its way takes its place: only the last one is shown.
import { signal } from '@preact/signals';
import type { StepDetail, TraceVerdict } from 'zkvm/debugger';
import { type OpenedTrace, ROWS } from '../engine/debug-questions.ts';
import { judge, walker } from '../engine/debugging.ts';

export type TraceState =
  | { kind: 'empty' }
  | { kind: 'opening' }
  | { kind: 'failed'; error: unknown }
  | { kind: 'open'; trace: OpenedTrace };

export const traceState = signal<TraceState>({ kind: 'empty' });
export const verdict = signal<TraceVerdict | undefined>(undefined);
/** the step that is asked for; the one that is shown may still be another */
export const wantedStep = signal(0);
export const shown = signal<{ detail: StepDetail; fromRow: number; ms: number } | undefined>(undefined);

let onItsWay = false;
let latest = { step: 0, fromRow: 0 };

const fail = (error: unknown): void => {
  traceState.value = { kind: 'failed', error };
};

/** shows a step; steps that are asked for faster than they come are passed over */
export async function goTo(step: number, fromRow = 0): Promise<void> {
  const { value: state } = traceState;
  if (state.kind !== 'open') return;
  latest = { step: Math.max(0, Math.min(state.trace.steps - 1, step)), fromRow };
  wantedStep.value = latest.step;
  if (onItsWay) return;
  onItsWay = true;
  try {
    let asked: typeof latest;
    do {
      asked = latest;
      const answer = await walker.ask('step', asked);
      shown.value = { ...answer, fromRow: asked.fromRow };
    } while (asked !== latest);
  } catch (error) {
    fail(error);
  } finally {
    onItsWay = false;
  }
}

/** shows the step of a row, with the rows around it */
export const goToRow = ({ step, rowOfStep = 0 }: { step: number | undefined; rowOfStep?: number | undefined }): Promise<void> =>
  step === undefined ? Promise.resolve() : goTo(step, rowOfStep - (rowOfStep % ROWS));

/** @param file its bytes, or the promise of them */
export async function openFile(file: Uint8Array | Promise<Uint8Array>): Promise<void> {
  traceState.value = { kind: 'opening' };
  verdict.value = undefined;
  shown.value = undefined;
  try {
    const bytes = await file;
    traceState.value = { kind: 'open', trace: await walker.ask('open', { bytes }) };
    await goTo(0);
    const said = await judge.ask('judge', { bytes });
    verdict.value = said;
    // a failing trace opens at its first failing row
    const first = [...said.failures, ...(said.changes ?? [])].find(({ step }) => step !== undefined);
    if (first && wantedStep.value === 0) await goToRow(first);
  } catch (error) {
    fail(error);
  }
}
