// Whether the trace is right; where it is not, each failing constraint as a sentence with the cells in it, red, and the way to its step. Source: the library's
// `judge`. Caveat: the first ones of each kind; the command line lists all.
import type { ComponentChildren } from 'preact';
import { goToRow, verdict } from '../../state/trace.ts';
import { TEXT } from '../../text.ts';
import { placeText, signed } from './places.ts';

const SHOWN = 12;

function GoTo({ step, rowOfStep }: { step: number | undefined; rowOfStep?: number | undefined }) {
  if (step === undefined) return null;
  return (
    <button type="button" class="quiet small" onClick={() => void goToRow({ step, rowOfStep })}>
      {TEXT.trace.goTo(step)}
    </button>
  );
}

function List<T>({ of, all = of.length, line }: { of: readonly T[]; all?: number | undefined; line: (one: T) => ComponentChildren }) {
  return (
    <ul>
      {of.slice(0, SHOWN).map((one, i) => (
        <li key={i}>{line(one)}</li>
      ))}
      {all > SHOWN && <li class="soft">{TEXT.trace.more(all - SHOWN)}</li>}
    </ul>
  );
}

export function Verdict() {
  const said = verdict.value;
  if (!said)
    return (
      <p class="soft" role="status">
        {TEXT.trace.judging}
      </p>
    );
  if (said.ok && said.changeCount === 0)
    return (
      <p class="trace-good" role="status">
        {TEXT.trace.holds}
      </p>
    );
  const { failures, failureCount, changes, changeCount, unbalanced, accumulators, otherOutputs, sumIsZero } = said;
  return (
    <section class="trace-bad" aria-live="polite">
      <h2>{TEXT.trace.fails(failureCount, changeCount)}</h2>
      {!sumIsZero && <p>{TEXT.trace.sumFails}</p>}
      {otherOutputs.map((name) => (
        <p key={name}>{TEXT.trace.otherOutput(name)}</p>
      ))}
      <List
        of={failures}
        all={failureCount}
        line={({ chip, row, label, formula, factors, cells, step, rowOfStep }) => (
          <>
            <strong>{TEXT.trace.failure(chip, row, label)}</strong> <GoTo step={step} rowOfStep={rowOfStep} />
            <p>
              <code>{TEXT.trace.sentence(formula)}</code>
            </p>
            {factors.length > 1 && (
              <p class="soft trace-cells">
                {factors.map(({ text, value }, i) => (
                  <code key={i}>{TEXT.trace.factor(text, value)}</code>
                ))}
              </p>
            )}
            <p class="trace-cells">
              {Object.entries(cells).map(([name, value]) => (
                <code key={name}>{TEXT.trace.factor(name, signed(value))}</code>
              ))}
            </p>
          </>
        )}
      />
      <List
        of={changes ?? []}
        all={changeCount}
        line={({ chip, row, column, value, honest, step, rowOfStep }) => (
          <>
            {TEXT.trace.changed(chip, row, column, signed(value), signed(honest))} <GoTo step={step} rowOfStep={rowOfStep} />
          </>
        )}
      />
      <List of={unbalanced} line={({ relation, tuple, times }) => TEXT.trace.unanswered(relation, tuple.join(', '), times > 0)} />
      <List
        of={accumulators}
        line={({ name, step }) => (
          <>
            {TEXT.trace.unbalanced(placeText(name))} <GoTo step={step} />
          </>
        )}
      />
    </section>
  );
}
