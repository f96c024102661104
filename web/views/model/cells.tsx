// All cells of a proof: a treemap, and the same numbers as a table of nodes × chips. Source: tiles.ts, the picture's `owned`. Caveat: the map is for who
// sees and points; who hears or types has the table, whose nodes are buttons.
import { useMemo, useRef, useState } from 'preact/hooks';
import type { ModelPicture, PictureOwner } from 'zkvm/compiler';
import { Scroll } from '../../parts/scroll.tsx';
import { TEXT } from '../../text.ts';
import { cells as cellsText, count, percent } from '../../units.ts';
import { cut, nodeTitle } from './names.ts';
import { useSize } from './size.ts';
import { GROUPS, type Group, type Tile, tilesOf } from './tiles.ts';

const words = TEXT.picture.cells;
/** pixels of a letter, about */
const LETTER = 6.6;
const ROWS = 40;

export const chipText = (chip: string): string => words.chips[chip] ?? chip;

export function ownerText({ nodes }: ModelPicture, owner: PictureOwner): string {
  if (typeof owner !== 'number') return words.owners[owner];
  const node = nodes[owner]!;
  const title = nodeTitle(node);
  return node.name === '' || node.name === title ? title : `${title} ${node.name}`;
}

interface MapProps {
  picture: ModelPicture;
  group: Group;
  chosen: ReadonlySet<number>;
  onChoose(node: number): void;
}

function Treemap({ picture, group, chosen, onChoose }: MapProps) {
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const [under, setUnder] = useState<Tile | undefined>(undefined);
  const { fields, tiles } = useMemo(
    () => (size ? tilesOf(picture, group, Math.round(size.width), Math.round(size.height)) : { fields: [], tiles: [] }),
    [picture, group, size],
  );
  const inner = (tile: Tile): string =>
    group === 'node' || group === 'column' ? chipText(tile.chip) : tile.owner === undefined ? '' : ownerText(picture, tile.owner);
  const outer = (at: number): string => {
    const { chip, owner, column } = fields[at]!;
    if (chip !== undefined) return chipText(chip);
    if (column !== undefined) return (words.columns as Readonly<Record<string, string>>)[column]!;
    return owner === undefined ? '' : ownerText(picture, owner);
  };
  const path = (tile: Tile): string => [...new Set([outer(tile.group), inner(tile)])].join(', ');
  const fits = (text: string, width: number): string => cut(text, Math.max(1, Math.floor((width - 8) / LETTER)));
  return (
    <figure class="model-map">
      <div ref={frame}>
        {size && (
          <svg width={size.width} height={size.height} role="img" aria-label={words.label(cellsText(picture.cells))}>
            {tiles.map((tile, i) => (
              // biome-ignore lint/a11y/noStaticElementInteractions: the table below has the same as buttons
              <g
                key={i}
                class={`tile chip-${tile.chip} ${typeof tile.owner === 'number' ? 'own' : `of-${tile.owner ?? 'column'}`} ${typeof tile.owner === 'number' && chosen.has(tile.owner) ? 'chosen' : ''}`}
                onMouseEnter={() => setUnder(tile)}
                onMouseLeave={() => setUnder(undefined)}
                onClick={() => {
                  setUnder(tile);
                  if (typeof tile.owner === 'number') onChoose(tile.owner);
                }}
              >
                <rect x={tile.x} y={tile.y} width={tile.width} height={tile.height} rx="2" />
                {tile.width > 44 && tile.height > 18 && (
                  <text x={tile.x + 5} y={tile.y + 14}>
                    {fits(inner(tile), tile.width)}
                  </text>
                )}
                {tile.width > 60 && tile.height > 36 && (
                  <text class="share" x={tile.x + 5} y={tile.y + 29}>
                    {percent(tile.cells / picture.cells)}
                  </text>
                )}
              </g>
            ))}
            {fields.map(
              (field, i) =>
                field.width > 30 &&
                field.height > 16 && (
                  <text key={i} class="field" x={field.x + 1} y={field.y + 13}>
                    {fits(`${outer(i)} ${percent(field.cells / picture.cells)}`, field.width + 6)}
                  </text>
                ),
            )}
          </svg>
        )}
      </div>
      <figcaption class="small">{under ? words.hover(path(under), under.cells, under.cells / picture.cells) : words.hint}</figcaption>
    </figure>
  );
}

function CellTable({ picture, chosen, onChoose }: Omit<MapProps, 'group'>) {
  const [all, setAll] = useState(false);
  const chips = picture.chips.map(({ chip }) => chip);
  const rows = useMemo(() => {
    const byOwner = new Map<PictureOwner, Map<string, number>>();
    for (const { owner, chip, cells } of picture.owned) {
      const known = byOwner.get(owner) ?? new Map<string, number>();
      byOwner.set(owner, known.set(chip, (known.get(chip) ?? 0) + cells));
    }
    return [...byOwner]
      .map(([owner, own]) => ({ owner, own, sum: [...own.values()].reduce((a, b) => a + b, 0) }))
      .sort((a, b) => b.sum - a.sum);
  }, [picture]);
  const shown = all ? rows : rows.slice(0, ROWS);
  return (
    <Scroll label={words.table}>
      <table class="model-table">
        <caption class="hidden">{words.table}</caption>
        <thead>
          <tr>
            <th scope="col">{words.node}</th>
            <th scope="col">{words.sum}</th>
            <th scope="col">{words.share}</th>
            {chips.map((chip) => (
              <th key={chip} scope="col">
                {chipText(chip)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map(({ owner, own, sum }) => (
            <tr key={owner} class={typeof owner === 'number' && chosen.has(owner) ? 'chosen' : undefined}>
              <th scope="row">
                {typeof owner === 'number' ? (
                  <button type="button" class="link" onClick={() => onChoose(owner)}>
                    {ownerText(picture, owner)}
                  </button>
                ) : (
                  ownerText(picture, owner)
                )}
              </th>
              <td>{count(sum)}</td>
              <td>{percent(sum / picture.cells)}</td>
              {chips.map((chip) => (
                <td key={chip}>{own.has(chip) ? count(own.get(chip)!) : ''}</td>
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{TEXT.picture.compare.all}</th>
            <td>{count(picture.cells)}</td>
            <td>{percent(1)}</td>
            {picture.chips.map(({ chip, cells }) => (
              <td key={chip}>{count(cells)}</td>
            ))}
          </tr>
        </tfoot>
      </table>
      {shown.length < rows.length && (
        <p>
          <button type="button" class="link" onClick={() => setAll(true)}>
            {words.rest(rows.length - shown.length)}
          </button>
        </p>
      )}
    </Scroll>
  );
}

export function Cells({ picture, chosen, onChoose }: Omit<MapProps, 'group'>) {
  const [group, setGroup] = useState<Group>('chip');
  return (
    <section class="model-cells">
      <fieldset class="model-choice">
        <legend>{words.group}</legend>
        {GROUPS.map((one) => (
          <label key={one} class={one === group ? 'on' : undefined}>
            <input type="radio" name="group" class="hidden" checked={one === group} onChange={() => setGroup(one)} />
            {words.groups[one]}
          </label>
        ))}
      </fieldset>
      <Treemap picture={picture} group={group} chosen={chosen} onChoose={onChoose} />
      <CellTable picture={picture} chosen={chosen} onChoose={onChoose} />
      <details>
        <summary>{words.tables}</summary>
        <ul class="model-tables">
          {picture.tables.map(({ name, intervals }, i) => (
            <li key={i}>
              {name} <span>{words.intervals(intervals)}</span>
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}
