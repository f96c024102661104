// How the values of a node lie: the float model as a line over the integers as bars. Source: counts of the compiler (compiler/report/values.ts). Caveat:
// heights are square roots of counts, for most values of a network are near zero and the others would be flat.
import type { NodeValues } from 'zkvm/compiler';
import { TEXT } from '../../text.ts';
import { digits } from '../../units.ts';

const WIDTH = 240;
const HEIGHT = 64;

export function Histogram({ values: { from, to, float, integer } }: { values: NodeValues }) {
  const most = Math.sqrt(Math.max(1, ...float, ...integer));
  const step = WIDTH / float.length;
  const height = (count: number): number => (HEIGHT * Math.sqrt(count)) / most;
  const line = float.map((count, i) => `${i * step},${HEIGHT - height(count)} ${(i + 1) * step},${HEIGHT - height(count)}`).join(' ');
  return (
    <figure class="model-histogram">
      <svg viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`} role="img" aria-label={TEXT.picture.node.histogramLabel(from, to, float.length)}>
        {integer.map((count, i) => (
          <rect key={i} x={i * step + 0.5} y={HEIGHT - height(count)} width={step - 1} height={height(count)} />
        ))}
        <polyline points={line} />
      </svg>
      <figcaption>
        <span>{digits(from)}</span>
        <span class="model-key">
          <i class="key-float" /> {TEXT.picture.node.float} <i class="key-integer" /> {TEXT.picture.node.integer}
        </span>
        <span>{digits(to)}</span>
      </figcaption>
    </figure>
  );
}
