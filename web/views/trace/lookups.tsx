// What the shown rows ask of other chips and supply to them. Caveat: the first ones; a row of store alone asks for thirty table entries.
import type { StepDetail } from 'zkvm/debugger';
import { Scroll } from '../../parts/scroll.tsx';
import { TEXT } from '../../text.ts';

const SHOWN = 24;

export function Lookups({ lookups }: { lookups: StepDetail['lookups'] }) {
  const words = TEXT.trace.lookups;
  if (lookups.length === 0) return null;
  return (
    <section>
      <h3>{words.heading}</h3>
      <Scroll label={words.caption}>
        <table class="trace-table trace-lookups">
          <caption class="hidden">{words.caption}</caption>
          <thead>
            <tr>
              <th scope="col">{words.row}</th>
              <th scope="col">{words.does}</th>
              <th scope="col">{words.relation}</th>
              <th scope="col">{words.tuple}</th>
            </tr>
          </thead>
          <tbody>
            {lookups.slice(0, SHOWN).map(({ chip, row, relation, times, tuple }, i) => (
              <tr key={i}>
                <th scope="row">{`${chip} ${row}`}</th>
                <td>{times > 0 ? words.asks(times) : words.supplies(-times)}</td>
                <td>{relation}</td>
                <td>{tuple.join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {lookups.length > SHOWN && <p class="soft">{TEXT.trace.more(lookups.length - SHOWN)}</p>}
    </section>
  );
}
