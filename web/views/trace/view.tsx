// A run, from its trace file, step by step. Caveat: the trace is run again in a worker; its rows and cells are the file's, and a second worker says whether
// they are an honest run's.
import './trace.css';
import { Drop, type DroppedFile } from '../../parts/drop.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { openFile, traceState } from '../../state/trace.ts';
import { TEXT } from '../../text.ts';
import { Verdict } from './verdict.tsx';
import { Walk } from './walk.tsx';
import { WhyOutput } from './why.tsx';

export default function TraceView() {
  const state = traceState.value;
  const isOpen = state.kind === 'open';
  const read = ([file]: DroppedFile[]): void => void openFile(file!.bytes);
  return (
    <article class="trace">
      <header class="trace-intro">
        <h1>{TEXT.titles.trace}</h1>
        {!isOpen && <p class="lead">{TEXT.trace.lead}</p>}
        <Drop
          class={isOpen ? 'drop-again' : ''}
          label={isOpen ? TEXT.trace.again : TEXT.trace.drop}
          {...(!isOpen && { hint: TEXT.trace.hint })}
          accept=".bin,.trace"
          onFiles={read}
        />
        {state.kind === 'opening' && <p role="status">{TEXT.trace.opening}</p>}
        {state.kind === 'failed' && <ErrorNote error={state.error} />}
        {isOpen && (
          <p class="soft" data-measured>
            {TEXT.trace.of(state.trace.name, state.trace.steps, state.trace.ms)}
          </p>
        )}
      </header>
      {isOpen && <Verdict />}
      {isOpen && <Walk trace={state.trace} />}
      {isOpen && <WhyOutput trace={state.trace} />}
    </article>
  );
}
