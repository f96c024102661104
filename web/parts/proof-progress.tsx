// Where a proof is: its phase, how far, how fast, and when it is made the time of each phase. Caveat: a proof of work is a lottery, so the bar may wait.
import { useEffect, useState } from 'preact/hooks';
import { TEXT } from '../text.ts';
import { cellsPerSecond, cells as cellsText, duration } from '../units.ts';

/** the steps of a proof, as the library tells that they have ended */
const ORDER = Object.keys(TEXT.prove.phases).filter((phase) => phase !== '' && phase !== 'done');

const phaseText = (phase: string): string => TEXT.prove.phases[phase] ?? phase;

/** the step that comes after one that has ended */
function after(ended: readonly { phase: string }[]): string {
  const last = ended.at(-1)?.phase;
  return last === undefined ? '' : (ORDER[ORDER.indexOf(last) + 1] ?? 'done');
}

export interface ProofProgressProps {
  /** phases that are over */
  ended: readonly { phase: string; ms: number }[];
  fraction: number;
  cells: number;
  /** by the page's clock */
  since: number;
  stop(): void;
}

/** A proof that is under way. */
export function ProofProgress({ ended, fraction, cells, since, stop }: ProofProgressProps) {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 100);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0.001, (now - since) / 1000);
  return (
    <div class="progress">
      <progress max={1} value={fraction} aria-label={TEXT.prove.progress} />
      <p class="row spread">
        <span role="status">{phaseText(after(ended))}</span>
        <span class="small">
          {cells > 0 && `${cellsText(cells)} · ${cellsPerSecond((fraction * cells) / seconds)} · `}
          {duration(now - since)}
        </span>
      </p>
      <button type="button" class="quiet" onClick={stop}>
        {TEXT.prove.stop}
      </button>
    </div>
  );
}

/** The time that each phase took. */
export function Phases({ ended }: { ended: readonly { phase: string; ms: number }[] }) {
  const all = ended.reduce((sum, { ms }) => sum + ms, 0);
  let at = 0;
  return (
    <details class="phases">
      <summary>{TEXT.prove.phasesDone}</summary>
      <svg class="phase-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        {ended.map(({ phase, ms }, i) => {
          const x = (100 * at) / all;
          at += ms;
          return <rect key={phase} x={x} width={(100 * ms) / all} height="4" class={i % 2 ? 'odd' : undefined} />;
        })}
      </svg>
      <dl class="phase-list">
        {ended.map(({ phase, ms }) => (
          <div key={phase}>
            <dt>{phaseText(phase)}</dt>
            <dd>{duration(ms)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
