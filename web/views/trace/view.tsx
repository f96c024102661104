// A run, from its trace file: what it is, and whether every constraint holds on every row. Caveat: it tells of the first rows that fail; stepping
// through them is not here yet.
import { useState } from 'preact/hooks';
import type { Checked, Inspected } from 'zkvm/prover';
import { maker } from '../../engine/engines.ts';
import { refusal } from '../../engine/failure.ts';
import { Drop, type DroppedFile } from '../../parts/drop.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { TEXT } from '../../text.ts';

type State =
  | { kind: 'empty' }
  | { kind: 'busy' }
  | { kind: 'failed'; error: unknown }
  | { kind: 'read'; trace: Inspected & { kind: 'trace' }; checked: Checked };

export default function TraceView() {
  const [state, setState] = useState<State>({ kind: 'empty' });
  const read = async ([file]: DroppedFile[]): Promise<void> => {
    setState({ kind: 'busy' });
    try {
      const trace = await maker.ask('inspect', { bytes: file!.bytes });
      if (trace.kind !== 'trace') throw refusal(TEXT.trace.noTrace(trace.kind));
      setState({ kind: 'read', trace, checked: await maker.ask('check', { trace: file!.bytes }) });
    } catch (error) {
      setState({ kind: 'failed', error });
    }
  };
  return (
    <article class="plain">
      <h1>{TEXT.titles.trace}</h1>
      <p class="lead">{TEXT.trace.lead}</p>
      <Drop label={TEXT.trace.drop} hint={TEXT.trace.hint} accept=".bin" onFiles={(files) => void read(files)} />
      {state.kind === 'busy' && <p role="status">{TEXT.trace.busy}</p>}
      {state.kind === 'failed' && <ErrorNote error={state.error} />}
      {state.kind === 'read' && (
        <section aria-live="polite">
          <h2>
            {state.checked.ok ? TEXT.trace.holds(state.checked.rows) : TEXT.trace.fails(state.checked.failureCount, state.checked.rows)}
          </h2>
          <p>{TEXT.trace.of(state.trace.name, state.trace.cells)}</p>
          <ul>
            {state.checked.failures.slice(0, 20).map(({ component: chip, row, label }) => (
              <li key={`${chip} ${row} ${label}`}>{TEXT.trace.failure(chip, row, label)}</li>
            ))}
          </ul>
        </section>
      )}
    </article>
  );
}
