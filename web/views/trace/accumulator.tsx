// An accumulator as the polynomial that it is: the coefficients of a channel as bars, the highest power of α, which is the first position, at the left.
// Caveat: one channel at a time; bars above and below are scaled by its largest coefficient.
import { useState } from 'preact/hooks';
import type { StepDetail } from 'zkvm/debugger';
import { TEXT } from '../../text.ts';
import { placeText } from './places.ts';

type Polynomial = NonNullable<StepDetail['accumulator']>;

const HALF = 40;
/** numbers that are written below the bars */
const WRITTEN = 64;

export function Accumulator({ polynomial }: { polynomial: Polynomial }) {
  const { name, channels, low, span, values, added, of } = polynomial;
  const [wanted, setChannel] = useState(0);
  const channel = Math.max(0, Math.min(channels - 1, wanted));
  const words = TEXT.trace.accumulator;
  const coefficients = Array.from(values.subarray(channel * span, (channel + 1) * span)).reverse();
  const largest = Math.max(1, ...coefficients.map(Math.abs));
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
      >
        <rect class="trace-axis" y={HALF} width={coefficients.length} height="0.5" />
        {coefficients.map((value, i) => {
          const height = (HALF * Math.abs(value)) / largest;
          return (
            value !== 0 && (
              <rect
                key={i}
                class={value < 0 ? 'trace-below' : 'trace-above'}
                x={i + 0.1}
                width="0.8"
                y={value < 0 ? HALF : HALF - height}
                height={height}
              >
                <title>{TEXT.trace.tensor.value(words.power(low + span - 1 - i), value)}</title>
              </rect>
            )
          );
        })}
      </svg>
      <p class="trace-cells">
        {coefficients
          .slice(0, WRITTEN)
          .map((value, i) => value !== 0 && <code key={i}>{TEXT.trace.factor(words.power(low + span - 1 - i), value)}</code>)}
        {coefficients.length > WRITTEN && <span class="soft">{TEXT.trace.more(coefficients.length - WRITTEN)}</span>}
      </p>
    </section>
  );
}
