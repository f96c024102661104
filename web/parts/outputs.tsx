// What a model answered: its label large, where it has one, and its largest numbers as bars. Caveat: long outputs are cut; the file holds all of them.
import type { RealTensorsByName } from 'zkvm/prover';
import { TEXT } from '../text.ts';
import { digits } from '../units.ts';
import { Bars } from './bars.tsx';

const MOST_BARS = 10;

export interface OutputsProps {
  outputs: RealTensorsByName;
  /** the label of each row of scores */
  labels: readonly string[] | undefined;
  /** all labels of the model */
  names: readonly string[];
}

/** the answer in a word or a number: labels, else the first numbers */
export function answerOf({ outputs, labels }: Pick<OutputsProps, 'outputs' | 'labels'>): string {
  if (labels?.length) return labels.slice(0, 4).join(', ') + (labels.length > 4 ? ', …' : '');
  const [first] = Object.values(outputs);
  const numbers = Array.from(first?.data.slice(0, 3) ?? [], digits);
  return numbers.join(', ') + ((first?.data.length ?? 0) > 3 ? ', …' : '');
}

export function Outputs({ outputs, labels, names }: OutputsProps) {
  return (
    <div class="outputs">
      {Object.entries(outputs).map(([name, { data, shape }]) => {
        const scores = names.length > 0 && shape.at(-1) === names.length;
        const shown = Array.from(data.slice(0, MOST_BARS));
        return (
          <div key={name}>
            <Bars
              label={TEXT.certificate.outputs(name)}
              rows={shown.map((value, i) => {
                const label = scores ? names[i % names.length]! : String(i);
                return { name: label, value, shown: digits(value), strong: scores && labels?.[0] === label };
              })}
            />
            {data.length > MOST_BARS && <p class="small">{TEXT.certificate.more(data.length - MOST_BARS)}</p>}
          </div>
        );
      })}
    </div>
  );
}
