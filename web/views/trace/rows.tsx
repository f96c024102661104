// The rows that a step makes in each chip: a line for each named column, a column for each row. Cells that an honest run has otherwise are red. Caveat: sixteen
// rows of each chip at a time; columns of zeros are left out until they are asked for.
import { useState } from 'preact/hooks';
import type { StepDetail } from 'zkvm/debugger';
import { Scroll } from '../../parts/scroll.tsx';
import { goTo } from '../../state/trace.ts';
import { TEXT } from '../../text.ts';
import { signed } from './places.ts';

type ChipRows = StepDetail['rows'][number];

function ChipTable({ chip, firstRow, rows, columns, cells, all, changes }: ChipRows & { all: boolean; changes: StepDetail['changes'] }) {
  const words = TEXT.trace.rows;
  const changed = new Map(changes.filter((one) => one.chip === chip).map((one) => [`${one.row} ${one.column}`, one.honest]));
  const isChanged = (name: string): boolean =>
    cells[0] !== undefined && Array.from(cells[0], (_, row) => `${firstRow + row} ${name}`).some((key) => changed.has(key));
  const named = columns.flatMap((name, i) =>
    all || isChanged(name) || cells[i]!.some((value) => value !== 0) ? [[name, cells[i]!] as const] : [],
  );
  // what is wrong stands on top
  const shown = [...named.filter(([name]) => isChanged(name)), ...named.filter(([name]) => !isChanged(name))];
  return (
    <section>
      <h3>{words.heading(chip)}</h3>
      <Scroll label={words.caption(chip)}>
        <table class="trace-table">
          <caption class="hidden">{words.caption(chip)}</caption>
          <thead>
            <tr>
              <th scope="col">{words.column}</th>
              {Array.from({ length: rows }, (_, row) => (
                <th key={row} scope="col">
                  {firstRow + row}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(([name, column]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {Array.from(column, (value, row) => {
                  const honest = changed.get(`${firstRow + row} ${name}`);
                  return (
                    <td key={row} {...(honest !== undefined && { class: 'trace-changed', title: words.honest(signed(honest)) })}>
                      {signed(value)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

export function Rows({ detail, fromRow }: { detail: StepDetail; fromRow: number }) {
  const [all, setAll] = useState(false);
  const { rows, rowCounts, step, changes } = detail;
  const words = TEXT.trace.rows;
  const most = Math.max(0, ...Object.values(rowCounts));
  const page = Math.max(0, ...rows.map((one) => one.rows));
  if (rows.length === 0 && fromRow === 0) return <p class="soft">{words.none}</p>;
  return (
    <div class="trace-rows">
      <div class="trace-moves">
        <label>
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} /> {words.all}
        </label>
        {fromRow > 0 && (
          <button type="button" class="quiet" onClick={() => void goTo(step, Math.max(0, fromRow - page))}>
            {words.earlier}
          </button>
        )}
        {fromRow + page < most && (
          <button type="button" class="quiet" onClick={() => void goTo(step, fromRow + page)}>
            {words.later}
          </button>
        )}
      </div>
      {rows.map((one) => (
        <ChipTable key={one.chip} {...one} all={all} changes={changes} />
      ))}
    </div>
  );
}
