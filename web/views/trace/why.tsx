// Why an output is what it is: from an element back along what it was computed from, the largest products first, with the way to each step. Source: the
// library's `why`. Caveat: bounded; what was not followed is counted.
import { useState } from 'preact/hooks';
import type { Why } from 'zkvm/debugger';
import type { OpenedTrace } from '../../engine/debug-questions.ts';
import { walker } from '../../engine/debugging.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { goTo } from '../../state/trace.ts';
import { TEXT } from '../../text.ts';
import { placeText } from './places.ts';

type Reason = Why['reasons'][number];

const SHOWN = 12;

const lane = ({ address, lane: at }: { address: number; lane: number }): string => `${placeText(address)}.${at}`;

function ReasonLine({ reason }: { reason: Reason }) {
  const { value, owner, step, stored, products = [], productCount = 0, rest = 0 } = reason;
  const words = TEXT.trace.why;
  return (
    <li>
      <code>{words.reason(lane(reason), value)}</code> {owner.kind === 'input' && `${TEXT.trace.owner.input} ${owner.name}`}
      {stored && (stored.masked ? words.masked(stored.coefficient) : words.stored(stored.slot, stored.coefficient))}{' '}
      {step !== undefined && (
        <button type="button" class="quiet small" onClick={() => void goTo(step)}>
          {TEXT.trace.goTo(step)}
        </button>
      )}
      {products.length > 0 && (
        <p class="trace-cells">
          {products.map(({ a, b, product }, i) => (
            <code key={i} title={`${lane(a)} · ${lane(b)}`}>
              {words.product(a.value, b.value, product)}
            </code>
          ))}
          {productCount > products.length && <span class="soft">{words.rest(rest, productCount - products.length)}</span>}
        </p>
      )}
    </li>
  );
}

export function WhyOutput({ trace }: { trace: OpenedTrace }) {
  const [output, setOutput] = useState(trace.outputs[0]?.name ?? '');
  const [index, setIndex] = useState(0);
  const [found, setFound] = useState<Why | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const words = TEXT.trace.why;
  const size = (trace.outputs.find(({ name }) => name === output)?.shape ?? []).reduce((product, length) => product * length, 1);
  const ask = async (): Promise<void> => {
    setError(undefined);
    try {
      setFound(await walker.ask('why', { output, index }));
    } catch (thrown) {
      setError(thrown);
    }
  };
  return (
    <section class="trace-why">
      <h2>{words.heading}</h2>
      <form
        class="trace-search"
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        {trace.outputs.length > 1 && (
          <label>
            <span>{words.output}</span>
            <select value={output} onChange={(event) => setOutput(event.currentTarget.value)}>
              {trace.outputs.map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          <span>{words.element}</span>
          <input type="number" min={0} max={size - 1} value={index} onInput={(event) => setIndex(Number(event.currentTarget.value) || 0)} />
        </label>
        <button type="submit" class="quiet">
          {words.button}
        </button>
      </form>
      {error !== undefined && <ErrorNote error={error} />}
      {found && (
        <div aria-live="polite">
          <p>{words.slice(found.steps.length, trace.steps)}</p>
          <ol>
            {found.reasons.slice(0, SHOWN).map((reason) => (
              <ReasonLine key={lane(reason)} reason={reason} />
            ))}
          </ol>
          {found.reasons.length > SHOWN && <p class="soft">{TEXT.trace.more(found.reasons.length - SHOWN)}</p>}
          {found.leftOut > 0 && <p class="soft">{words.leftOut(found.leftOut)}</p>}
        </div>
      )}
    </section>
  );
}
