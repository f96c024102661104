// The compile report as one page for a browser: accuracy, a picture of the graph with cells and error of every node, ranges and bits, copies.
// Source: DESIGN §6; compiler/report/summary.ts. The page loads nothing and runs nothing; every text of the model is escaped.
// Caveat: a node is what the machine does at one go, so several ONNX nodes may share one, and one may be several.
import type { CompileReport } from '../../compiler/index.ts';
import { fewSamples } from '../../compiler/report/few-samples.ts';
import { type Cost, cellsOfRows } from '../../vm/estimate/cost.ts';
import { encodingOf, realRange } from '../../vm/program/encoding.ts';
import type { Program, Region } from '../../vm/program/types.ts';
import { printable } from '../io/printable.ts';
import { formatCount } from '../io/terminal.ts';
import { stepText } from './accuracy.ts';

type Stage = CompileReport['stages'][number];

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Text that is only text wherever it stands in a page. */
const escaped = (text: string): string => printable(text).replace(/[&<>"']/g, (c) => ENTITIES[c]!);

const percent = (share: number): string => (share < 0 ? 'not measured' : `${(100 * share).toFixed(2)} %`);
const number = (x: number): string => Number(x.toPrecision(4)).toString();
/** The real numbers that an input takes. */
const rangeOf = ({ metadata }: Program, input: Region): string => {
  const rule = encodingOf(metadata, 'input', input.name);
  return rule ? realRange(input, rule) : `${number(input.lo * input.scale)} … ${number(input.hi * input.scale)}`;
};
const bitsOf = ({ lo, hi }: Stage): number => Math.ceil(Math.log2(hi - lo + 1));

/** `model.onnx node #12 Conv "/conv2", model.onnx node #13 Add ""` → `#12 Conv /conv2 + #13 Add` */
const shortName = (where: string): string =>
  [...new Set(where.split(/, (?=[^"]*node #)/).map((part) => part.replace(/^.*? node (#\d+)/, '$1').replaceAll('"', '')))].join(' + ');
const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><thead><tr>${head.map((cell) => `<th>${escaped(cell)}</th>`).join('')}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`)
    .join('')}</tbody></table>`;

interface Box {
  title: string;
  lines: string[];
  reads: readonly number[];
  /** share of the largest number of cells, for the colour; undefined for inputs and outputs */
  weight?: number;
  row: number;
  column: number;
}

const WIDTH = 220;
const HEIGHT = 58;
const GAP_X = 24;
const GAP_Y = 34;
/** characters of a title that fit into a box */
const TITLE_LENGTH = 27;

/** Boxes row by row, each below everything that it reads; edges are curves from bottom to top. */
function picture(program: Program, { stages, outputs }: CompileReport): string {
  const cells = stages.map(({ rows }) => cellsOfRows(rows));
  const most = Math.max(1, ...cells);
  const inputs = program.inputs.map(
    (region): Box => ({
      title: `input ${region.name}`,
      lines: [`[${region.shape.join(', ')}]`, rangeOf(program, region)],
      reads: [],
      row: 0,
      column: 0,
    }),
  );
  const nodes = stages.map(
    (stage, i): Box => ({
      title: shortName(stage.where),
      lines: [`${formatCount(cells[i]!)} cells`, `error ${percent(stage.error)}, ${bitsOf(stage)} bits`],
      reads: stage.reads,
      weight: cells[i]! / most,
      row: 0,
      column: 0,
    }),
  );
  const ends = outputs.map(
    ({ name, relativeError, from }): Box => ({
      title: `output ${name}`,
      lines: [`error ${percent(relativeError)}`],
      reads: [from],
      row: 0,
      column: 0,
    }),
  );
  const boxOf = (place: number): Box => (place < 0 ? inputs[-1 - place]! : nodes[place]!);
  const boxes = [...inputs, ...nodes, ...ends];
  const used: number[] = [];
  for (const box of boxes) {
    box.row = box.reads.reduce((row, place) => Math.max(row, boxOf(place).row + 1), 0);
    box.column = used[box.row] ?? 0;
    used[box.row] = box.column + 1;
  }
  const columns = Math.max(...used.map((count) => count ?? 0));
  const x = ({ row, column }: Box): number => (column + (columns - used[row]!) / 2) * (WIDTH + GAP_X) + GAP_X;
  const y = ({ row }: Box): number => row * (HEIGHT + GAP_Y) + GAP_Y;
  const edges = boxes.flatMap((box) =>
    box.reads.map((place) => {
      const from = boxOf(place);
      const [x0, y0, x1, y1] = [x(from) + WIDTH / 2, y(from) + HEIGHT, x(box) + WIDTH / 2, y(box)];
      const middle = (y0 + y1) / 2;
      return `<path d="M${x0},${y0} C${x0},${middle} ${x1},${middle} ${x1},${y1}"/>`;
    }),
  );
  const drawn = boxes.map((box) => {
    const fill = box.weight === undefined ? '#eef' : `hsl(30,90%,${Math.round(97 - 40 * Math.sqrt(box.weight))}%)`;
    const text = [cut(box.title, TITLE_LENGTH), ...box.lines].map(
      (line, i) => `<text x="${x(box) + 8}" y="${y(box) + 17 + 16 * i}"${i === 0 ? ' class="t"' : ''}>${escaped(line)}</text>`,
    );
    const rect = `<rect x="${x(box)}" y="${y(box)}" width="${WIDTH}" height="${HEIGHT}" rx="6" fill="${fill}"/>`;
    return `<g><title>${escaped(box.title)}</title>${rect}${text.join('')}</g>`;
  });
  const [width, height] = [columns * (WIDTH + GAP_X) + GAP_X, used.length * (HEIGHT + GAP_Y) + GAP_Y];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${edges.join('')}${drawn.join('')}</svg>`;
}

const STYLE = `body{font:14px/1.5 system-ui,sans-serif;margin:2rem;color:#222}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse}td,th{border-bottom:1px solid #ddd;padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}
.picture{overflow:auto;border:1px solid #ddd;max-height:80vh}svg text{font:12px system-ui,sans-serif}svg .t{font-weight:600}
svg rect{stroke:#888}svg path{fill:none;stroke:#99a}`;

/** The whole page. @param samples calibration samples that the accuracy was measured on */
export function reportPage(program: Program, report: CompileReport, cost: Cost, samples: number): string {
  const { outputs, stages, copies, slots } = report;
  const all = stages.reduce((sum, { rows }) => sum + cellsOfRows(rows), 0) || 1;
  const name = program.metadata.name;
  const sections = [
    `<h1>${escaped(name)}</h1>`,
    `<p>${formatCount(cost.cells)} cells, a proof of about ${formatCount(cost.proof.bytes)} bytes. Errors are against the float model on ${formatCount(samples)} calibration samples; those of nodes on the first of them.</p>`,
    ...fewSamples(samples).map((line) => `<p>${escaped(line)}</p>`),
    '<h2>Inputs and outputs</h2>',
    table(
      ['input', 'shape', 'declared range', 'rounded to'],
      program.inputs.map((i) => [
        i.name,
        `[${i.shape.join(', ')}]`,
        rangeOf(program, i),
        stepText(i, encodingOf(program.metadata, 'input', i.name)),
      ]),
    ),
    table(
      ['output', 'largest error', 'of the largest output', 'of the spread of a channel', 'same largest element'],
      outputs.map((o) => [
        o.name,
        number(o.maxError),
        percent(o.relativeError),
        `${percent(o.channelError)} (channel ${o.channel})`,
        percent(o.sameArgmax),
      ]),
    ),
    '<h2>Graph</h2>',
    `<div class="picture">${picture(program, report)}</div>`,
    '<h2>Nodes</h2>',
    table(
      ['node', 'cells', 'share', 'error', 'its own part', 'saturated', 'range', 'bits', 'largest weight', 'accumulator bits', 'divisor'],
      stages.map((s) => [
        shortName(s.where),
        formatCount(cellsOfRows(s.rows)),
        percent(cellsOfRows(s.rows) / all),
        percent(s.error),
        percent(s.ownError),
        percent(s.saturated),
        `${number(s.lo * s.scale)} … ${number(s.hi * s.scale)}`,
        String(bitsOf(s)),
        formatCount(s.largestWeight),
        Math.log2(Math.max(1, s.magnitude)).toFixed(1),
        formatCount(s.divisor),
      ]),
    ),
    '<h2>Copies that layouts made necessary</h2>',
    copies.length
      ? table(
          ['what', 'for', 'elements', 'cells'],
          copies.map((c) => [c.kind, shortName(c.where), formatCount(c.elements), formatCount(cellsOfRows(c.rows))]),
        )
      : '<p>None.</p>',
    '<h2>Cells by chip</h2>',
    table(
      ['chip', 'cells', 'share'],
      Object.entries(cost.cellsByChip).map(([chip, cells]) => [chip, formatCount(cells), percent(cells / cost.cells)]),
    ),
    '<h2>Tables</h2>',
    table(
      ['table', 'intervals'],
      slots.map((slot) => [slot.name, formatCount(slot.intervals)]),
    ),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(name)}: compile report</title><style>${STYLE}</style></head><body>
${sections.join('\n')}
</body></html>
`;
}
