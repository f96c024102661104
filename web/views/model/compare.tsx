// Two compiles of a network side by side: cells by chip, then node by node cells, error and bits of both and what lies between. Source: matching.ts.
// Caveat: nodes that the two cut differently stand alone.
import { useMemo, useState } from 'preact/hooks';
import type { ModelPicture } from 'zkvm/compiler';
import { Scroll } from '../../parts/scroll.tsx';
import { TEXT } from '../../text.ts';
import { brief, percent } from '../../units.ts';
import { chipText } from './cells.tsx';
import { chipPairs, type Pair, pairsOf } from './matching.ts';
import { nodeTitle } from './names.ts';

const words = TEXT.picture.compare;

const shown = (value: number | undefined, text: (value: number) => string): string => (value === undefined ? words.missing : text(value));
const between = (left: number | undefined, right: number | undefined): number | undefined =>
  left === undefined || right === undefined ? undefined : right - left;
const tone = (value: number | undefined): string | undefined => (!value ? undefined : value > 0 ? 'more' : 'less');

const differs = ({ left, right }: Pair): boolean =>
  left?.cells !== right?.cells || left?.error !== right?.error || left?.bits !== right?.bits;

function Row({ pair: { left, right }, most }: { pair: Pair; most: number }) {
  const node = (left ?? right)!;
  const title = nodeTitle(node);
  const cells = between(left?.cells ?? 0, right?.cells ?? 0)!;
  const error = between(left?.error, right?.error);
  return (
    <tr>
      <th scope="row">
        {title} <small>{node.name === title ? '' : node.name}</small>
      </th>
      <td>{shown(left?.cells, brief)}</td>
      <td>{shown(right?.cells, brief)}</td>
      <td class={tone(cells)}>
        <svg viewBox="-50 0 100 10" aria-hidden="true" preserveAspectRatio="none">
          <rect x={Math.min(0, (50 * cells) / most)} width={Math.abs((50 * cells) / most)} height="10" />
        </svg>
        {words.signed(cells)}
      </td>
      <td>{shown(left?.error, percent)}</td>
      <td>{shown(right?.error, percent)}</td>
      <td class={tone(error)}>{shown(error, words.signedPercent)}</td>
      <td>{shown(left?.bits, String)}</td>
      <td>{shown(right?.bits, String)}</td>
    </tr>
  );
}

export interface CompareProps {
  left: ModelPicture;
  right: ModelPicture;
}

export function Compare({ left, right }: CompareProps) {
  const [onlyOther, setOnlyOther] = useState(false);
  const pairs = useMemo(() => pairsOf(left, right), [left, right]);
  const chips = useMemo(() => chipPairs(left, right), [left, right]);
  const listed = onlyOther ? pairs.filter(differs) : pairs;
  const most = Math.max(1, ...pairs.map((pair) => Math.abs((pair.right?.cells ?? 0) - (pair.left?.cells ?? 0))));
  const ends = (
    <>
      <th scope="col">{words.first}</th>
      <th scope="col">{words.second}</th>
    </>
  );
  return (
    <section class="model-compare">
      <h3>{words.chips}</h3>
      <Scroll label={words.chips}>
        <table class="model-table">
          <caption class="hidden">{words.chips}</caption>
          <thead>
            <tr>
              <td />
              {ends}
              <th scope="col">{words.difference}</th>
            </tr>
          </thead>
          <tbody>
            {[...chips, { chip: words.all, left: left.cells, right: right.cells }].map(({ chip, left: first, right: second }) => (
              <tr key={chip} class={chip === words.all ? 'sum' : undefined}>
                <th scope="row">{chipText(chip)}</th>
                <td>{brief(first)}</td>
                <td>{brief(second)}</td>
                <td class={tone(second - first)}>{words.signed(second - first)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <div class="row spread">
        <h3>{words.nodes}</h3>
        <label class="small">
          <input type="checkbox" checked={onlyOther} onChange={(event) => setOnlyOther(event.currentTarget.checked)} /> {words.only}
        </label>
      </div>
      {listed.length === 0 ? (
        <p class="empty">{words.none}</p>
      ) : (
        <Scroll label={words.nodes}>
          <table class="model-table pairs">
            <caption class="hidden">{words.nodes}</caption>
            <thead>
              <tr>
                <td rowSpan={2} />
                <th scope="colgroup" colSpan={3}>
                  {words.cells}
                </th>
                <th scope="colgroup" colSpan={3}>
                  {words.error}
                </th>
                <th scope="colgroup" colSpan={2}>
                  {words.bits}
                </th>
              </tr>
              <tr>
                {ends}
                <th scope="col">{words.difference}</th>
                {ends}
                <th scope="col">{words.difference}</th>
                {ends}
              </tr>
            </thead>
            <tbody>
              {listed.map((pair, i) => (
                <Row key={i} pair={pair} most={most} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
