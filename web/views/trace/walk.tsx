// Step by step: forward and back with buttons, keys and a timeline, a search, and the step itself. Caveat: keys are taken where no field has the focus.
import { useEffect, useState } from 'preact/hooks';
import type { OpenedTrace, Wanted } from '../../engine/debug-questions.ts';
import { walker } from '../../engine/debugging.ts';
import { goTo, shown, wantedStep } from '../../state/trace.ts';
import { TEXT } from '../../text.ts';
import { Accumulator } from './accumulator.tsx';
import { Lookups } from './lookups.tsx';
import { addressOf } from './places.ts';
import { Rows } from './rows.tsx';
import { Tensors } from './tensor.tsx';
import { Timeline } from './timeline.tsx';

const FORWARD = new Set(['j', 'ArrowRight']);
const BACK = new Set(['k', 'ArrowLeft']);
const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('input, select, textarea, summary');

function useKeys(): void {
  useEffect(() => {
    const step = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
      const by = FORWARD.has(event.key) ? 1 : BACK.has(event.key) ? -1 : 0;
      if (by === 0) return;
      event.preventDefault();
      void goTo(wantedStep.value + by);
    };
    addEventListener('keydown', step);
    return () => removeEventListener('keydown', step);
  }, []);
}

/** what a search text means: an address, an instruction, or a part of a node's name */
function wantedOf(text: string, opcodes: ReadonlySet<string>): Wanted {
  const address = addressOf(text);
  if (address !== undefined) return { address };
  return opcodes.has(text.toUpperCase()) ? ({ opcode: text.toUpperCase() } as Wanted) : { node: text };
}

function Search({ trace }: { trace: OpenedTrace }) {
  const [text, setText] = useState('');
  const [found, setFound] = useState<readonly number[] | undefined>(undefined);
  const opcodes = new Set<string>(trace.runs.map(({ first }) => first.opcode));
  const find = async (): Promise<void> => {
    if (text.trim() === '') return setFound(undefined);
    const steps = await walker.ask('search', { wanted: wantedOf(text.trim(), opcodes) });
    setFound(steps);
    const next = steps.find((step) => step >= wantedStep.value) ?? steps[0];
    if (next !== undefined) await goTo(next);
  };
  const next = (): void => {
    const step = found?.find((one) => one > wantedStep.value) ?? found?.[0];
    if (step !== undefined) void goTo(step);
  };
  return (
    <form
      class="trace-search"
      onSubmit={(event) => {
        event.preventDefault();
        void find();
      }}
    >
      <label>
        <span>{TEXT.trace.search.label}</span>
        <input type="search" value={text} placeholder={TEXT.trace.search.hint} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <button type="submit" class="quiet">
        {TEXT.trace.search.button}
      </button>
      {found && found.length > 1 && (
        <button type="button" class="quiet" onClick={next}>
          {TEXT.trace.search.next}
        </button>
      )}
      <output class="soft">{found && (found.length > 0 ? TEXT.trace.search.found(found.length) : TEXT.trace.search.none)}</output>
    </form>
  );
}

function Move({ to, children }: { to: number; children: string }) {
  return (
    <button type="button" class="quiet" onClick={() => void goTo(to)}>
      {children}
    </button>
  );
}

export function Walk({ trace }: { trace: OpenedTrace }) {
  useKeys();
  const step = wantedStep.value;
  const last = trace.steps - 1;
  const now = shown.value;
  const words = TEXT.trace.steps;
  return (
    <section class="trace-walk">
      <Timeline trace={trace} step={step} />
      <div class="trace-moves">
        <Move to={0}>{words.first}</Move>
        <Move to={step - 1}>{words.before}</Move>
        <Move to={step + 1}>{words.after}</Move>
        <Move to={last}>{words.last}</Move>
        <span class="soft">{words.keys}</span>
      </div>
      <Search trace={trace} />
      {now && (
        <div class="trace-step">
          <header>
            <h2 aria-live="polite">{words.heading(now.detail.step, trace.steps)}</h2>
            <p class="trace-instruction">
              <code>{now.detail.text}</code>
            </p>
            <p>{now.detail.node ?? words.noNode}</p>
            <p class="soft">
              {words.pc(now.detail.pc, now.detail.repeatsLeft)} · <span data-measured>{words.ms(now.ms)}</span>
            </p>
            <p class="soft">{now.detail.meaning}</p>
          </header>
          <Tensors operands={now.detail.operands} />
          {now.detail.accumulator && <Accumulator polynomial={now.detail.accumulator} />}
          <Rows detail={now.detail} fromRow={now.fromRow} />
          <Lookups lookups={now.detail.lookups} />
        </div>
      )}
    </section>
  );
}
