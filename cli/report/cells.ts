// Which chip and which ONNX node costs how many cells, as lines for people. Source: vm/estimate/cost.ts.
// Caveat: nodes share the padding of every chip to powers of two, and tables, weights and memory; those count by chip only.
import type { Cost, NodeCost } from '../../vm/estimate/cost.ts';
import { formatCount } from '../io/terminal.ts';

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`.padStart(8);
const line = (name: string, cells: number, all: number, more = ''): string =>
  `  ${formatCount(cells).padStart(14)}${percent(cells, all)}  ${name}${more}`;

const rowsOf = ({ rows }: NodeCost): string =>
  ` (${Object.entries(rows)
    .map(([chip, count]) => `${formatCount(count)} ${chip}`)
    .join(', ')} rows)`;

/** Cells by chip, then by node, the most expensive first. */
export function cellLines({ cells, cellsByChip, instances, nodes }: Cost): string[] {
  const sizes = (chip: string): string => {
    const own = instances.filter((instance) => instance.chip === chip).map(({ logSize }) => `2^${logSize}`);
    return own.length ? ` (${own.join(' + ')} rows)` : '';
  };
  const rows = nodes.reduce((sum, node) => sum + node.cells, 0);
  return [
    `cells by chip, ${formatCount(cells)} in all`,
    ...Object.entries(cellsByChip)
      .sort((a, b) => b[1] - a[1])
      .map(([chip, count]) => line(chip, count, cells, sizes(chip))),
    `cells of the rows that each node causes, ${formatCount(rows)} in all; the rest is padding, weights, tables and memory`,
    ...[...nodes].sort((a, b) => b.cells - a.cells).map((node) => line(node.node, node.cells, rows, rowsOf(node))),
  ];
}
