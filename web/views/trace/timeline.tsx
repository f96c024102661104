// All steps as one strip, a colour for each kind of instruction, and a slider over it. Caveat: a strip has a few hundred pieces at most: of neighbours that
// are narrower than a piece the first one is drawn.
import type { OpenedTrace } from '../../engine/debug-questions.ts';
import { goTo } from '../../state/trace.ts';
import { TEXT } from '../../text.ts';

const PIECES = 400;

const kindOf = (opcode: string): string => (opcode === 'MAC' || opcode === 'MUL' ? 'product' : opcode === 'STORE' ? 'store' : 'scalar');

/** runs of one kind of instruction, in parts of the whole */
function pieces({ runs, steps }: OpenedTrace): { kind: string; from: number; to: number }[] {
  const found: { kind: string; from: number; to: number }[] = [];
  for (const { first, count } of runs) {
    const kind = kindOf(first.opcode);
    const to = (first.step + count) / steps;
    const last = found.at(-1);
    if (last && (last.kind === kind || last.to - last.from < 1 / PIECES)) last.to = to;
    else found.push({ kind, from: first.step / steps, to });
  }
  return found;
}

export function Timeline({ trace, step }: { trace: OpenedTrace; step: number }) {
  const { steps } = trace;
  const words = TEXT.trace.steps;
  return (
    <div class="trace-timeline">
      <svg viewBox="0 0 1000 24" preserveAspectRatio="none" role="img" aria-label={words.timeline}>
        {pieces(trace).map(({ kind, from, to }) => (
          <rect key={from} class={`trace-${kind}`} x={1000 * from} width={1000 * (to - from)} height="24" />
        ))}
        <rect class="trace-here" x={(1000 * (step + 0.5)) / steps - 1.5} width="3" height="24" />
      </svg>
      <input
        type="range"
        min={0}
        max={steps - 1}
        value={step}
        aria-label={words.slider}
        onInput={(event) => void goTo(Number(event.currentTarget.value))}
      />
    </div>
  );
}
