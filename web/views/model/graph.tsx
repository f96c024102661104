// The graph: boxes with arrows between them, to move, zoom, open and choose. Source: layout.ts; WAI-ARIA for keys (one stop for Tab, arrows inside).
// Caveat: letters go where boxes are too small to read them.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ModelPicture, PictureNode } from 'zkvm/compiler';
import { TEXT } from '../../text.ts';
import { shape as shapeText } from '../../units.ts';
import { type Box, pathTo } from './boxes.ts';
import { familyOf, figureOf, type Mode } from './figures.ts';
import { BOX, type Placed, type PlacedBox, placed } from './layout.ts';
import { boxName, cut, figureOfBox, shownFigure } from './names.ts';
import { useSize } from './size.ts';
import { firstLook, fitted, held, showing, useCamera, zoomedAt } from './zoom.ts';

export interface GraphProps {
  picture: ModelPicture;
  boxes: readonly Box[];
  seen: readonly Box[];
  mode: Mode;
  /** id of the chosen box */
  chosen: string | undefined;
  /** ids of boxes that somebody looks for; undefined for no search */
  found: ReadonlySet<string> | undefined;
  onChoose(box: Box): void;
  onOpen(box: Box): void;
}

/** more boxes are placed after the page has said so */
const MANY = 250;
const FAR = 0.42;
const STEP = 1.3;
const TITLE_LETTERS = 24;
const DETAIL_LETTERS = 19;
/** of the colour, in percent, for nothing and beyond that for the most */
const HEAT = [4, 56] as const;

/** The places of the boxes, at once or, where there are many, after a moment. */
function usePlaces(nodes: readonly PictureNode[], seen: readonly Box[]): Placed | undefined {
  const now = useMemo(() => (seen.length <= MANY ? placed(nodes, seen) : undefined), [nodes, seen]);
  const [later, setLater] = useState<{ seen: readonly Box[]; places: Placed } | undefined>(undefined);
  useEffect(() => {
    if (now) return;
    // the page is painted in between
    const timer = setTimeout(() => setLater({ seen, places: placed(nodes, seen) }), 30);
    return () => clearTimeout(timer);
  }, [nodes, seen, now]);
  return now ?? (later?.seen === seen ? later.places : undefined);
}

interface BoxProps {
  picture: ModelPicture;
  placed: PlacedBox;
  boxes: readonly Box[];
  mode: Mode;
  most: number;
  isChosen: boolean;
  isStop: boolean;
  isDim: boolean;
  onChoose(box: Box): void;
  onOpen(box: Box): void;
}

function GraphBox({ picture, placed: { box, x, y }, boxes, mode, most, isChosen, isStop, isDim, onChoose, onOpen }: BoxProps) {
  const { nodes } = picture;
  const value = figureOf(shownFigure(mode), nodes, box);
  const { title, detail } = boxName(nodes, box, box.kind === 'block' ? pathTo(boxes, (one) => one === box).slice(0, -1) : []);
  const figure = figureOfBox(mode, nodes, box, picture.cells);
  const opens = box.children.length > 0;
  const isUnmeasured = mode !== 'operator' && value === undefined;
  const heat = mode === 'operator' ? undefined : HEAT[0] + (HEAT[1] - HEAT[0]) * Math.sqrt((value ?? 0) / (most || 1));
  const kind = [box.kind, mode === 'operator' ? `family-${familyOf(nodes[box.nodes[0]!]!)}` : `heat-${mode}`];
  const state = [isChosen && 'chosen', isDim && 'dim', isUnmeasured && 'unmeasured'].filter(Boolean);
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no buttons of its own */}
      <g
        class={['model-box', ...kind, ...state].join(' ')}
        transform={`translate(${x},${y})`}
        role="button"
        tabindex={isStop ? 0 : -1}
        aria-pressed={isChosen}
        data-box={box.id}
        onClick={() => onChoose(box)}
        onDblClick={() => opens && onOpen(box)}
        style={heat === undefined ? undefined : { '--heat': `${heat.toFixed(1)}%` }}
      >
        {(box.kind === 'repeat' || box.kind === 'block') && (
          <rect class="behind" x="8" y="8" width={BOX.width} height={BOX.height} rx="8" />
        )}
        {opens && <rect class="behind" x="4" y="4" width={BOX.width} height={BOX.height} rx="8" />}
        <rect class="body" width={BOX.width} height={BOX.height} rx="8" />
        <rect class="stripe" x="0.5" y="0.5" width="5" height={BOX.height - 1} rx="2.5" />
        <text class="title" x="16" y="25">
          {cut(title, TITLE_LETTERS - (opens ? 2 : 0))}{' '}
        </text>
        <text class="detail" x="16" y="46">
          {cut(detail, DETAIL_LETTERS)}{' '}
        </text>
        <text class="figure" x={BOX.width - 12} y="46">
          {figure}
        </text>
      </g>
      {opens && (
        // biome-ignore lint/a11y/noStaticElementInteractions: for who points; keys open the chosen box, and its panel has a button
        <g class="model-open" transform={`translate(${x + BOX.width - 18},${y + 18})`} onClick={() => onOpen(box)}>
          <circle r="9" />
          <path d="M-4,0H4M0,-4V4" />
        </g>
      )}
    </>
  );
}

/** The box next to another one in a direction: along an edge up and down, beside it to the left and right. */
function neighbour({ boxes, links }: Placed, from: number, key: string): number | undefined {
  const own = boxes[from]!;
  const nearest = (list: readonly number[]): number | undefined =>
    [...list].sort((a, b) => Math.abs(boxes[a]!.x - own.x) - Math.abs(boxes[b]!.x - own.x))[0];
  if (key === 'ArrowDown') return nearest(links.filter((link) => link.from === from).map(({ to }) => to));
  if (key === 'ArrowUp') return nearest(links.filter((link) => link.to === from).map(({ from: source }) => source));
  const side = key === 'ArrowRight' ? 1 : -1;
  const beside = [...boxes.keys()].filter((i) => (boxes[i]!.x - own.x) * side > 0 && Math.abs(boxes[i]!.y - own.y) < BOX.height);
  return nearest(beside);
}

export function Graph({ picture, boxes, seen, mode, chosen, found, onChoose, onOpen }: GraphProps) {
  const svg = useRef<SVGSVGElement>(null);
  const screen = useSize(svg);
  const { camera, setCamera, dragged } = useCamera(svg);
  const places = usePlaces(picture.nodes, seen);
  const looked = useRef<{ picture: ModelPicture; places: Placed } | undefined>(undefined);
  const words = TEXT.picture.graph;

  useLayoutEffect(() => {
    if (!screen || !places || looked.current?.places === places) return;
    const isNew = looked.current?.picture !== picture;
    looked.current = { picture, places };
    const own = places.boxes.find(({ box }) => box.id === chosen);
    if (isNew || !own) setCamera(firstLook(screen, places, { x: (places.boxes[0]?.x ?? 0) + BOX.width / 2 }));
    else setCamera((now) => held(showing(now, screen, { ...own, ...BOX }), screen, places));
  }, [screen, places, picture, chosen]);
  useEffect(() => {
    const own = places?.boxes.find(({ box }) => box.id === chosen);
    if (own && screen) setCamera((now) => showing(now, screen, { ...own, ...BOX }));
  }, [chosen]);

  const zoom = (factor: number): void =>
    setCamera((now) => zoomedAt(now, factor, { x: (screen?.width ?? 0) / 2, y: (screen?.height ?? 0) / 2 }));
  const showAll = (): void => {
    if (screen && places) setCamera(fitted(screen, places));
  };
  const most = useMemo(
    () => Math.max(0, ...seen.map((box) => figureOf(shownFigure(mode), picture.nodes, box) ?? 0)),
    [seen, mode, picture],
  );
  const stop = seen.some(({ id }) => id === chosen) ? chosen : seen[0]?.id;

  const onKeyDown = (event: KeyboardEvent): void => {
    const id = (event.target as Element).closest('[data-box]')?.getAttribute('data-box');
    const at = places?.boxes.findIndex(({ box }) => box.id === id) ?? -1;
    const own = places?.boxes[at]?.box;
    if (event.ctrlKey || event.metaKey || event.altKey || !places || !own) return;
    if (event.key === '+' || event.key === '=') zoom(STEP);
    else if (event.key === '-') zoom(1 / STEP);
    else if (event.key === '0') showAll();
    else if (event.key === 'Enter' || event.key === ' ') {
      if (own.id === chosen && own.children.length > 0) onOpen(own);
      else onChoose(own);
    } else if (event.key.startsWith('Arrow')) {
      const next = neighbour(places, at, event.key);
      if (next !== undefined) {
        const { box } = places.boxes[next]!;
        onChoose(box);
        svg.current?.querySelector<SVGGElement>(`[data-box="${box.id}"]`)?.focus({ preventScroll: true });
      }
    } else return;
    event.preventDefault();
  };

  // drawn anew only where something else than the camera changes
  const layer = useMemo(
    () =>
      places && (
        <>
          <g class="model-links">
            {places.links.map(({ from, to, path }) => {
              const near = chosen !== undefined && [from, to].some((i) => places.boxes[i]!.box.id === chosen);
              return <path key={`${from} ${to}`} d={path} class={near ? 'near' : undefined} marker-end="url(#model-arrow)" />;
            })}
          </g>
          <g class="model-shapes">
            {places.boxes.map(
              ({ box, x, y, shape }) =>
                shape && (
                  <text key={box.id} x={x + BOX.width / 2 + 8} y={y + BOX.height + 20}>
                    {shapeText(shape)}
                  </text>
                ),
            )}
          </g>
          {places.boxes.map((one) => (
            <GraphBox
              key={one.box.id}
              picture={picture}
              placed={one}
              boxes={boxes}
              mode={mode}
              most={most}
              isChosen={one.box.id === chosen}
              isStop={one.box.id === stop}
              isDim={found !== undefined && !found.has(one.box.id)}
              onChoose={(box) => {
                if (!dragged()) onChoose(box);
              }}
              onOpen={(box) => {
                if (!dragged()) onOpen(box);
              }}
            />
          ))}
        </>
      ),
    [places, picture, boxes, mode, most, chosen, stop, found],
  );
  return (
    <div class="model-graph">
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing is no fieldset */}
      <svg ref={svg} role="group" aria-label={words.label} class={camera.k < FAR ? 'far' : undefined} onKeyDown={onKeyDown}>
        <defs>
          <marker id="model-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">
            <path d="M1,1.5L9,5L1,8.5" />
          </marker>
        </defs>
        <g transform={`translate(${camera.x.toFixed(2)},${camera.y.toFixed(2)}) scale(${camera.k.toFixed(4)})`}>{layer}</g>
      </svg>
      {!places && (
        <p class="model-placing busy" role="status">
          {words.placing}
        </p>
      )}
      <div class="model-zoom">
        {(
          [
            [words.zoomIn, 'M5,10H15M10,5V15', () => zoom(STEP)],
            [words.zoomOut, 'M5,10H15', () => zoom(1 / STEP)],
            [words.all, 'M4,8V4H8M12,4H16V8M16,12V16H12M8,16H4V12', showAll],
          ] as const
        ).map(([label, path, act]) => (
          <button key={label} type="button" aria-label={label} title={label} onClick={act}>
            <svg viewBox="0 0 20 20" aria-hidden="true">
              <path d={path} />
            </svg>
          </button>
        ))}
      </div>
    </div>
  );
}
