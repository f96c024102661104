// An accumulator as the polynomial that it is: the coefficients of a channel as bars, the highest power of α, which is the first position, at the left.
// Caveat: one channel at a time; bars above and below are scaled by its largest coefficient.
import { useState } from 'preact/hooks';
import type { StepDetail } from 'zkvm/debugger';
import { TEXT } from '../../text.ts';
import { placeText } from './places.ts';

type Polynomial = NonNullable<StepDetail['accumulator']>;

const HALF = 40;
/** numbers that are written out */
const WRITTEN = 512;

export function Accumulator({ polynomial }: { polynomial: Polynomial }) {
  const { name, channels, low, span, values, added, of } = polynomial;
  const [wanted, setChannel] = useState(0);
  const [under, setUnder] = useState<number | undefined>(undefined);
  const [open, setOpen] = useState(false);
  const channel = Math.max(0, Math.min(channels - 1, wanted));
  const words = TEXT.trace.accumulator;
  const coefficients = Array.from(values.subarray(channel * span, (channel + 1) * span)).reverse();
  const largest = Math.max(1, ...coefficients.map(Math.abs));
  const power = (i: number): string => words.power(low + span - 1 - i);
  /** bars as one path: an element for each took the page longer than all the rest of a step */
  const bars = (isShown: (value: number) => boolean): string =>
    coefficients.flatMap((value, i) => (isShown(value) ? [`M${i + 0.1} ${HALF}h.8v${(-HALF * value) / largest}h-.8z`] : [])).join('');
  return (
    <section class="trace-accumulator">
      <h3>{words.heading(placeText(name))}</h3>
      <p class="soft">{words.about(added, of)}</p>
      {channels > 1 && (
        <label>
          <span>{words.channel}</span>
          <input
            type="number"
            min={0}
            max={channels - 1}
            value={channel}
            onInput={(event) => setChannel(Number(event.currentTarget.value) || 0)}
          />
        </label>
      )}
      <svg
        viewBox={`0 0 ${Math.max(1, coefficients.length)} ${2 * HALF}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={words.label(channel)}
        onMouseMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          setUnder(Math.floor(((event.clientX - box.left) / box.width) * coefficients.length));
        }}
        onMouseLeave={() => setUnder(undefined)}
      >
        <rect class="trace-axis" y={HALF} width={coefficients.length} height="0.5" />
        <path class="trace-above" d={bars((value) => value > 0)} />
        <path class="trace-below" d={bars((value) => value < 0)} />
      </svg>
      <p class="soft trace-under" aria-hidden="true">
        {under === undefined || coefficients[under] === undefined
          ? words.largest(largest)
          : TEXT.trace.factor(power(under), coefficients[under])}
      </p>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{TEXT.trace.tensor.numbers}</summary>
        {open && (
          <p class="trace-cells">
            {coefficients.slice(0, WRITTEN).map((value, i) => value !== 0 && <code key={i}>{TEXT.trace.factor(power(i), value)}</code>)}
            {coefficients.length > WRITTEN && <span class="soft">{TEXT.trace.more(coefficients.length - WRITTEN)}</span>}
          </p>
        )}
      </details>
    </section>
  );
}
