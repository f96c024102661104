// The worker that has a trace open and shows its steps. A second one of the same judges the trace, which takes a second, so that steps do not wait for it.
// Source: the entry `zkvm/debugger`. Caveat: one trace at a time; the next one takes its place.
import { debugTrace, type TraceDebugger } from 'zkvm/debugger';
import { type DebugQuestions, ROWS, type StepRun } from './debug-questions.ts';
import { host } from './host.ts';

/** steps that are listed at once, so that a long run takes no list of its whole length */
const LISTED = 4096;

let open: TraceDebugger | undefined;
const opened = (): TraceDebugger => {
  if (!open) throw new Error('no trace is open; load the page again');
  return open;
};

function runsOf(run: TraceDebugger): StepRun[] {
  const runs: StepRun[] = [];
  for (let from = 0; from < run.steps; from += LISTED)
    for (const line of run.lines(from, LISTED)) {
      const last = runs.at(-1);
      if (last && last.first.pc === line.pc) last.count++;
      else runs.push({ first: line, count: 1 });
    }
  return runs;
}

host<DebugQuestions>({
  open: async ({ bytes }) => {
    const started = performance.now();
    open = debugTrace(bytes);
    const { name, steps, outputs } = open;
    return { name, steps, outputs, runs: runsOf(open), ms: performance.now() - started };
  },
  step: async ({ step, fromRow }) => {
    const started = performance.now();
    const detail = opened().step(step, ROWS, fromRow);
    return { detail, ms: performance.now() - started };
  },
  search: async ({ wanted }) => opened().search(wanted),
  why: async ({ output, index }) => opened().why(output, index),
  judge: async ({ bytes }) => debugTrace(bytes).judge(),
});
