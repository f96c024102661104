// What is in the chosen box: shape, range, bits, error, cells by chip, how values lie, the sample that is worst, who reads whom. Source: the picture's
// node. Caveat: what was not measured is left out or said to be so, never shown as zero.
import type { ModelPicture, PictureNode } from 'zkvm/compiler';
import { Bars } from '../../parts/bars.tsx';
import { TEXT } from '../../text.ts';
import { cells as cellsText, count, percent, shape as shapeText } from '../../units.ts';
import { type Box, pathTo } from './boxes.ts';
import { cellsByChip, figureOf } from './figures.ts';
import { Histogram } from './histogram.tsx';
import { boxName, nodeTitle } from './names.ts';

const words = TEXT.picture.node;
/** rows of a list of boxes */
const LISTED = 12;

/** indices of an element of a tensor */
function placeOf(shape: readonly number[] | undefined, index: number): string {
  if (!shape) return String(index);
  const place: number[] = [];
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return place.join(', ');
}

type Row = readonly [term: string, value: string | undefined];

function rowsOf(node: PictureNode): Row[] {
  const { shape, integers, scale, bits, declared, error, ownError, saturated, sameArgmax, worstSample, largestWeight } = node;
  const { accumulatorBits, divisor, copies } = node;
  const real = declared ?? (integers && scale !== undefined ? words.rangeValue(integers[0] * scale, integers[1] * scale) : undefined);
  const errorText = error === undefined ? undefined : words.errorValue(error, ownError);
  return [
    [words.shape, shape && (shape.length > 0 ? shapeText(shape) : '1')],
    [words.range, real],
    [words.integers, integers && words.integersValue(...integers, bits)],
    [words.step, scale === undefined ? undefined : String(Number(scale.toPrecision(4)))],
    [words.error, errorText && worstSample !== undefined ? `${errorText} ${words.worstSample(worstSample)}` : errorText],
    [words.saturated, saturated === undefined ? undefined : percent(saturated)],
    [words.sameArgmax, sameArgmax === undefined ? undefined : percent(sameArgmax)],
    [words.weights, largestWeight === undefined ? undefined : count(largestWeight)],
    [words.accumulator, accumulatorBits === undefined ? undefined : words.accumulatorValue(accumulatorBits)],
    [words.divisor, divisor === undefined ? undefined : count(divisor)],
    [words.copies, copies?.map(({ kind, elements }) => words.copiesValue(kind, elements)).join(', ')],
  ];
}

function Facts({ rows }: { rows: readonly Row[] }) {
  return (
    <dl class="facts">
      {rows.map(
        ([term, value]) =>
          value !== undefined && (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

interface BoxListProps {
  heading: string;
  picture: ModelPicture;
  list: readonly Box[];
  boxes: readonly Box[];
  onChoose(box: Box): void;
}

function BoxList({ heading, picture, list, boxes, onChoose }: BoxListProps) {
  if (list.length === 0) return null;
  return (
    <div class="model-list">
      <h4>{heading}</h4>
      <ul>
        {list.slice(0, LISTED).map((box) => {
          const { title, detail } = boxName(picture.nodes, box, pathTo(boxes, (one) => one === box).slice(0, -1));
          return (
            <li key={box.id}>
              <button type="button" class="link" onClick={() => onChoose(box)}>
                {title}
              </button>{' '}
              <span>{detail === title ? '' : detail}</span>
            </li>
          );
        })}
        {list.length > LISTED && <li>{TEXT.picture.graph.more(list.length - LISTED)}</li>}
      </ul>
    </div>
  );
}

export interface PanelProps {
  picture: ModelPicture;
  boxes: readonly Box[];
  seen: readonly Box[];
  chosen: Box | undefined;
  open: ReadonlySet<string>;
  onChoose(box: Box): void;
  onToggle(box: Box): void;
}

export function Panel({ picture, boxes, seen, chosen, open, onChoose, onToggle }: PanelProps) {
  const { nodes } = picture;
  if (!chosen)
    return (
      <aside class="model-panel" aria-label={words.panel}>
        <p class="empty">{words.nothing}</p>
      </aside>
    );
  const within = pathTo(boxes, (box) => box === chosen).slice(0, -1);
  const { title, detail } = boxName(nodes, chosen, within);
  const single = chosen.nodes.length === 1 ? nodes[chosen.nodes[0]!]! : undefined;
  const own = new Set(chosen.nodes);
  const cells = figureOf('cells', nodes, chosen)!;
  const [error, saturated] = [figureOf('error', nodes, chosen), figureOf('saturated', nodes, chosen)];
  const last = nodes[chosen.nodes.at(-1)!]!;
  const rows: Row[] = single
    ? rowsOf(single)
    : [
        [words.steps, count(chosen.nodes.length)],
        [words.shape, last.shape && shapeText(last.shape)],
        [words.error, error === undefined ? undefined : percent(error)],
        [words.saturated, saturated === undefined ? undefined : percent(saturated)],
      ];
  const boxOf = (i: number): Box | undefined => seen.find(({ nodes: some }) => some.includes(i));
  const around = (list: readonly number[]): Box[] =>
    [...new Set(list.map(boxOf).filter((box) => box !== undefined && box !== chosen))] as Box[];
  const readers = nodes.flatMap(({ reads }, i) => (!own.has(i) && reads.some((from) => own.has(from)) ? [i] : []));
  const values = single?.values;
  return (
    <aside class="model-panel" aria-label={words.panel}>
      <header>
        <h3 aria-live="polite">{single && single.kind === 'node' ? words.title(nodeTitle(single), single.parts[0]?.index) : title}</h3>
        {detail !== title && <p class="model-name">{detail}</p>}
        {single && single.parts.length > 1 && (
          <p class="small">{single.parts.map(({ operator, index }) => words.title(operator, index)).join(', ')}</p>
        )}
      </header>
      {(within.some(({ id }) => open.has(id)) || chosen.children.length > 0) && (
        <div class="row">
          {chosen.children.length > 0 && (
            <button type="button" class="quiet" onClick={() => onToggle(chosen)}>
              {words.openThis}
            </button>
          )}
          {within
            .filter(({ id }) => open.has(id))
            .map((box) => (
              <button key={box.id} type="button" class="quiet" onClick={() => onToggle(box)}>
                {words.closeThis} {boxName(nodes, box, pathTo(boxes, (one) => one === box).slice(0, -1)).title}
              </button>
            ))}
        </div>
      )}
      <Facts rows={[...rows, [words.cells, words.cellsValue(cells, cells / (picture.cells || 1))]]} />
      {cells > 0 && (
        <Bars
          label={words.byChip}
          rows={[...cellsByChip(picture, own)]
            .sort((a, b) => b[1] - a[1])
            .map(([chip, value]) => ({ name: TEXT.picture.cells.chips[chip] ?? chip, value, shown: cellsText(value) }))}
        />
      )}
      {values && (
        <div class="model-values">
          <h4>{words.histogram}</h4>
          <Histogram values={values} />
          <p class="small">
            {words.worst}:{' '}
            {words.worstValue(values.worst.sample, placeOf(single.shape, values.worst.index), values.worst.float, values.worst.integer)}
            {picture.countedSamples !== undefined && `, ${words.onSamples(picture.countedSamples)}`}
          </p>
        </div>
      )}
      {single && single.kind !== 'output' && !values && picture.samples !== undefined && <p class="small">{words.noValues}</p>}
      {picture.samples === undefined && <p class="small">{words.noReport}</p>}
      <BoxList
        heading={words.holds}
        picture={picture}
        boxes={boxes}
        list={chosen.kind === 'onnx' ? [] : chosen.children}
        onChoose={onChoose}
      />
      <BoxList
        heading={words.reads}
        picture={picture}
        boxes={boxes}
        list={around(chosen.nodes.flatMap((i) => nodes[i]!.reads))}
        onChoose={onChoose}
      />
      <BoxList heading={words.readBy} picture={picture} boxes={boxes} list={around(readers)} onChoose={onChoose} />
    </aside>
  );
}
