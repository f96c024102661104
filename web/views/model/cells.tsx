// All cells of a proof: a treemap, and the same numbers as a table of nodes × chips. Source: tiles.ts, the picture's `owned`. Caveat: the map is for who
// sees and points; who hears or types has the table, whose nodes are buttons.
import { useMemo, useRef, useState } from 'preact/hooks';
import type { ModelPicture } from 'zkvm/compiler';
import { Scroll } from '../../parts/scroll.tsx';
import { TEXT } from '../../text.ts';
import { brief, cells as cellsText, percent } from '../../units.ts';
import { type Box, foldable, pathTo, seenBoxes } from './boxes.ts';
import { type BoxName, boxName, cut } from './names.ts';
import { useSize } from './size.ts';
import { cellsOfBoxes, GROUPS, type Group, type OwnedByBox, type Tile, type TileOwner, tilesOf } from './tiles.ts';

const words = TEXT.picture.cells;
/** pixels of a letter, about */
const LETTER = 6.6;
const ROWS = 40;
const ROW_LETTERS = 48;

export const chipText = (chip: string): string => words.chips[chip] ?? chip;

/** what is shown of a picture: boxes as they are open, and their cells */
interface Shown {
  picture: ModelPicture;
  list: readonly Box[];
  /** by place in the list */
  names: readonly BoxName[];
  owned: readonly OwnedByBox[];
  chosen: Box | undefined;
  onChoose(box: Box): void;
}

function ownerText({ names, list }: Pick<Shown, 'names' | 'list'>, owner: TileOwner): string {
  if (typeof owner !== 'number') return words.owners[owner];
  const { title, detail } = names[owner]!;
  const { kind } = list[owner]!;
  // the operators of a block are those of the next one
  return kind === 'block' || detail === '' || detail === title ? title : `${title} ${detail}`;
}

const isIn = (box: Box, chosen: Box | undefined): boolean => chosen?.nodes.some((i) => box.nodes.includes(i)) ?? false;

function Treemap({ group, ...shown }: Shown & { group: Group }) {
  const { picture, list, owned, chosen, onChoose } = shown;
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const [under, setUnder] = useState<Tile | undefined>(undefined);
  const { fields, tiles } = useMemo(
    () => (size ? tilesOf(picture, owned, group, Math.round(size.width), Math.round(size.height)) : { fields: [], tiles: [] }),
    [picture, owned, group, size],
  );
  const inner = (tile: Tile): string =>
    group === 'node' || group === 'column' ? chipText(tile.chip) : tile.owner === undefined ? '' : ownerText(shown, tile.owner);
  const outer = (at: number): string => {
    const { chip, owner, column } = fields[at]!;
    if (chip !== undefined) return chipText(chip);
    if (column !== undefined) return (words.columns as Readonly<Record<string, string>>)[column]!;
    return owner === undefined ? '' : ownerText(shown, owner);
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
                class={`tile chip-${tile.chip.replace(' ', '-')} ${typeof tile.owner === 'number' ? 'own' : `of-${tile.owner ?? 'column'}`} ${typeof tile.owner === 'number' && isIn(list[tile.owner]!, chosen) ? 'chosen' : ''}`}
                onMouseEnter={() => setUnder(tile)}
                onMouseLeave={() => setUnder(undefined)}
                onClick={() => {
                  setUnder(tile);
                  if (typeof tile.owner === 'number') onChoose(list[tile.owner]!);
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

function CellTable(props: Shown) {
  const { picture, list, owned, chosen, onChoose } = props;
  const [all, setAll] = useState(false);
  const chips = picture.chips.map(({ chip }) => chip);
  const rows = useMemo(() => {
    const byOwner = new Map<TileOwner, Map<string, number>>();
    for (const { owner, chip, cells } of owned) {
      const known = byOwner.get(owner) ?? new Map<string, number>();
      byOwner.set(owner, known.set(chip, (known.get(chip) ?? 0) + cells));
    }
    return [...byOwner]
      .map(([owner, own]) => ({ owner, own, sum: [...own.values()].reduce((a, b) => a + b, 0) }))
      .sort((a, b) => b.sum - a.sum);
  }, [owned]);
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
            <tr key={owner} class={typeof owner === 'number' && isIn(list[owner]!, chosen) ? 'chosen' : undefined}>
              <th scope="row">
                {typeof owner === 'number' ? (
                  <button type="button" class="link" onClick={() => onChoose(list[owner]!)}>
                    {cut(ownerText(props, owner), ROW_LETTERS)}
                  </button>
                ) : (
                  ownerText(props, owner)
                )}
              </th>
              <td>{brief(sum)}</td>
              <td>{percent(sum / picture.cells)}</td>
              {chips.map((chip) => (
                <td key={chip}>{own.has(chip) ? brief(own.get(chip)!) : ''}</td>
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{TEXT.picture.compare.all}</th>
            <td>{brief(picture.cells)}</td>
            <td>{percent(1)}</td>
            {picture.chips.map(({ chip, cells }) => (
              <td key={chip}>{brief(cells)}</td>
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

export interface CellsProps {
  picture: ModelPicture;
  boxes: readonly Box[];
  open: ReadonlySet<string>;
  chosen: Box | undefined;
  onChoose(box: Box): void;
}

export function Cells({ picture, boxes, open, chosen, onChoose }: CellsProps) {
  const [group, setGroup] = useState<Group>('chip');
  const list = useMemo(() => {
    // blocks one by one, whether or not their chain is folded in the graph
    const chains = foldable(boxes).flatMap(({ kind, id }) => (kind === 'repeat' ? [id] : []));
    return seenBoxes(boxes, new Set([...open, ...chains]));
  }, [boxes, open]);
  const names = useMemo(
    () => list.map((box) => boxName(picture.nodes, box, box.kind === 'block' ? pathTo(boxes, (one) => one === box).slice(0, -1) : [])),
    [picture, boxes, list],
  );
  const owned = useMemo(() => cellsOfBoxes(picture, list), [picture, list]);
  const shown = { picture, list, names, owned, chosen, onChoose };
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
      <Treemap {...shown} group={group} />
      <CellTable {...shown} />
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
