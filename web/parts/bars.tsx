// Numbers as horizontal bars with their names: a table to who hears it, a picture to who sees it. Caveat: bars start at zero, always; negative ones
// go to the left of it.

export interface Bar {
  name: string;
  value: number;
  /** the number as it is written, with its unit */
  shown: string;
  /** a second, fainter part, of at least the value */
  beyond?: number;
  /** the one that the picture is about */
  strong?: boolean;
}

export interface BarsProps {
  label: string;
  rows: readonly Bar[];
  /** the longest bar; the largest value if left out */
  most?: number;
}

const WIDTH = 100;

export function Bars({ label, rows, most: given }: BarsProps) {
  const values = rows.flatMap(({ value, beyond }) => (beyond === undefined ? [value] : [value, beyond]));
  const least = Math.min(0, ...values);
  const most = Math.max(0, given ?? Math.max(...values));
  const place = (value: number): number => (WIDTH * (Math.min(value, most) - least)) / (most - least || 1);
  return (
    <table class="bars">
      <caption class="hidden">{label}</caption>
      <tbody>
        {rows.map(({ name, value, shown, beyond, strong }, i) => (
          <tr key={i} class={strong ? 'strong' : undefined}>
            <th scope="row">{name}</th>
            <td class="bar" aria-hidden="true">
              <svg viewBox={`0 0 ${WIDTH} 10`} preserveAspectRatio="none" aria-hidden="true">
                <rect class="bar-track" width={WIDTH} height="10" />
                {beyond !== undefined && <rect class="bar-beyond" x={place(0)} width={place(beyond) - place(0)} height="10" />}
                <rect class="bar-fill" x={place(Math.min(0, value))} width={Math.abs(place(value) - place(0))} height="10" />
              </svg>
            </td>
            <td class="number">{shown}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
