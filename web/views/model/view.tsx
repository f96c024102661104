// A compiled model: what goes in and comes out, and where the cells are. Caveat: of a .zkb file, which the compiler of the command line or the view
// "Prove" makes.
import { useState } from 'preact/hooks';
import type { Estimate } from 'zkvm/prover';
import { maker } from '../../engine/engines.ts';
import type { ModelCard } from '../../engine/questions.ts';
import { Bars } from '../../parts/bars.tsx';
import { Drop, type DroppedFile } from '../../parts/drop.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { ready } from '../../state/model.ts';
import { TEXT } from '../../text.ts';
import { cells } from '../../units.ts';

type State =
  | { kind: 'empty' }
  | { kind: 'busy' }
  | { kind: 'failed'; error: unknown }
  | { kind: 'read'; card: ModelCard; estimate: Estimate };

export default function ModelView() {
  const [state, setState] = useState<State>({ kind: 'empty' });
  const show = async (card: () => Promise<ModelCard>): Promise<void> => {
    setState({ kind: 'busy' });
    try {
      const known = await card();
      setState({ kind: 'read', card: known, estimate: await maker.ask('estimate', { key: known.key, profile: 'proven' }) });
    } catch (error) {
      setState({ kind: 'failed', error });
    }
  };
  const read = ([file]: DroppedFile[]): Promise<void> => show(() => maker.ask('load', { zkb: file!.bytes }));
  const current = ready.value?.card;
  return (
    <article class="plain">
      <h1>{TEXT.titles.model}</h1>
      <p class="lead">{TEXT.model.lead}</p>
      <Drop label={TEXT.model.drop} hint={TEXT.model.hint} accept=".zkb" onFiles={(files) => void read(files)} />
      {current && state.kind === 'empty' && (
        <p>
          <button type="button" class="quiet" onClick={() => void show(async () => current)}>
            {TEXT.model.current(current.name)}
          </button>
        </p>
      )}
      {state.kind === 'busy' && <p role="status">{TEXT.model.busy}</p>}
      {state.kind === 'failed' && <ErrorNote error={state.error} />}
      {state.kind === 'read' && (
        <section aria-live="polite">
          <h2>{state.card.name}</h2>
          <p>{TEXT.model.cells(state.estimate.cells)}</p>
          <Bars
            label={TEXT.model.byChip}
            rows={Object.entries(state.estimate.cellsByChip)
              .sort((a, b) => b[1] - a[1])
              .map(([name, value]) => ({ name, value, shown: cells(value) }))}
          />
        </section>
      )}
    </article>
  );
}
