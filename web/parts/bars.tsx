// Numbers as horizontal bars with their names: a table to who hears it, a picture to who sees it. Caveat: bars start at zero, always.

export interface Bar {
  name: string;
  value: number;
  /** the number as it is written, with its unit */
  shown: string;
  /** the one that the picture is about */
  strong?: boolean;
}

export interface BarsProps {
  label: string;
  rows: readonly Bar[];
  /** the longest bar; the largest value if left out */
  most?: number;
  /** a line across all bars, such as a floor */
  mark?: { value: number; shown: string };
}

/** keeps empty bars from dividing by nothing */
const LEAST = Number.MIN_VALUE;

export function Bars({ label, rows, most = Math.max(...rows.map(({ value }) => value), LEAST), mark }: BarsProps) {
  const width = (value: number): number => Math.max(0, Math.min(1, value / most));
  return (
    <table class="bars">
      <caption class="hidden">{label}</caption>
      <tbody>
        {rows.map(({ name, value, shown, strong }) => (
          <tr key={name} class={strong ? 'strong' : undefined}>
            <th scope="row">{name}</th>
            <td class="bar" aria-hidden="true">
              <svg viewBox="0 0 100 10" preserveAspectRatio="none" focusable="false">
                <rect class="bar-track" width="100" height="10" />
                <rect class="bar-fill" width={100 * width(value)} height="10" />
                {mark && <rect class="bar-mark" x={100 * width(mark.value) - 0.15} width="0.3" height="10" />}
              </svg>
            </td>
            <td class="number">{shown}</td>
          </tr>
        ))}
      </tbody>
      {mark && (
        <tfoot>
          <tr>
            <td colSpan={3}>{mark.shown}</td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}
