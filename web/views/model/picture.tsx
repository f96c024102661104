// A model, drawn: what it is in numbers, then its graph, all cells of a proof, or a second compile beside it. Source: `pictureOf` of the library, plain data;
// the page and the report of `zkvm compile --report` show it with this. Caveat: it asks nobody anything.
import './model.css';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ModelPicture } from 'zkvm/compiler';
import { TEXT } from '../../text.ts';
import { bytes, cells as cellsText, count, percent } from '../../units.ts';
import { type Box, boxesOf, foldable, openAtFirst, pathTo, seenBoxes } from './boxes.ts';
import { Cells } from './cells.tsx';
import { Compare } from './compare.tsx';
import { FAMILIES, familyOf, figureOf, MODES, type Mode } from './figures.ts';
import { Graph } from './graph.tsx';
import { isLike, shownFigure } from './names.ts';
import { Panel } from './panel.tsx';

const words = TEXT.picture;
const TABS = ['graph', 'cells', 'compare'] as const;
type Tab = (typeof TABS)[number];

export interface PictureProps {
  picture: ModelPicture;
  /** a second compile */
  other?: ModelPicture | undefined;
}

interface Fact {
  term: string;
  of(picture: ModelPicture): string;
  /** said where nothing is compared */
  more(picture: ModelPicture): string;
}

const own = ({ nodes }: ModelPicture): ModelPicture['nodes'] => nodes.filter(({ kind }) => kind === 'node');

const FACTS: readonly Fact[] = [
  { term: words.facts.cells, of: ({ cells }) => cellsText(cells), more: ({ profile }) => words.facts.profile(profile) },
  { term: words.facts.proof, of: ({ proofBytes }) => bytes(proofBytes), more: () => '' },
  {
    term: words.facts.nodes,
    of: (picture) =>
      count(new Set(own(picture).flatMap(({ parts }) => parts.map(({ index, operator, name }) => `${index} ${operator} ${name}`))).size),
    more: (picture) => words.facts.steps(own(picture).length),
  },
  {
    term: words.facts.error,
    of: ({ accuracy }) => (accuracy ? percent(accuracy.error) : words.compare.missing),
    more: ({ accuracy, samples = 0 }) => (accuracy ? words.facts.target(accuracy.target, samples) : words.facts.unsaid),
  },
];

function Facts({ picture, other }: PictureProps) {
  return (
    <dl class="model-facts">
      {FACTS.map(({ term, of, more }) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>
            <strong>{of(picture)}</strong> <small>{other ? words.facts.against(of(other)) : more(picture)}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Legend({ picture, mode }: { picture: ModelPicture; mode: Mode }) {
  const { nodes } = picture;
  if (mode === 'operator') {
    const used = new Set(nodes.map(familyOf));
    return (
      <ul class="model-legend">
        {FAMILIES.filter((family) => used.has(family)).map((family) => (
          <li key={family} class={`family-${family}`}>
            <i /> {words.families[family]}
          </li>
        ))}
      </ul>
    );
  }
  const values = nodes.map((_, i) => figureOf(shownFigure(mode), nodes, { nodes: [i] }));
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  return (
    <ul class="model-legend">
      <li class={`heat-${mode}`}>
        <i class="scale" /> {words.modes.legend[mode](most)}
      </li>
      {values.includes(undefined) && (
        <li>
          <i class="dashed" /> {words.modes.unmeasured}
        </li>
      )}
    </ul>
  );
}

interface SearchProps {
  hits: readonly number[];
  wanted: string;
  at: number;
  onWanted(text: string): void;
  onNext(): void;
}

function Search({ hits, wanted, at, onWanted, onNext }: SearchProps) {
  return (
    <form
      class="model-search"
      onSubmit={(event) => {
        event.preventDefault();
        onNext();
      }}
    >
      <input
        type="search"
        aria-label={words.search.label}
        placeholder={words.search.hint}
        value={wanted}
        onInput={(event) => onWanted(event.currentTarget.value)}
      />
      <span class="small" role="status">
        {wanted.trim() === '' ? '' : hits.length === 0 ? words.search.none : words.search.found(at + 1, hits.length)}
      </span>
      {hits.length > 1 && (
        <button type="submit" class="quiet">
          {words.search.next}
        </button>
      )}
    </form>
  );
}

export function Picture({ picture, other }: PictureProps) {
  const { nodes } = picture;
  const boxes = useMemo(() => boxesOf(nodes), [nodes]);
  const [open, setOpen] = useState<ReadonlySet<string>>(() => openAtFirst(boxes));
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const [mode, setMode] = useState<Mode>('operator');
  const [tab, setTab] = useState<Tab>('graph');
  const [wanted, setWanted] = useState('');
  const [at, setAt] = useState(0);
  const seen = useMemo(() => seenBoxes(boxes, open), [boxes, open]);
  const inners = useMemo(() => foldable(boxes), [boxes]);
  const hits = useMemo(() => nodes.flatMap((node, i) => (isLike(node, wanted) ? [i] : [])), [nodes, wanted]);
  const found = useMemo(
    () => (hits.length > 0 ? new Set(seen.filter(({ nodes: own }) => own.some((i) => hits.includes(i))).map(({ id }) => id)) : undefined),
    [seen, hits],
  );
  const box = useMemo(() => (chosen === undefined ? undefined : pathTo(boxes, ({ id }) => id === chosen).at(-1)), [boxes, chosen]);
  useEffect(() => {
    if (other) setTab('compare');
  }, [other]);

  /** opens what a node is in, and chooses it */
  const goTo = (node: number): void => {
    const path = pathTo(boxes, ({ kind, nodes: own }) => kind === 'node' && own[0] === node);
    // a step of an ONNX node is shown in the box of that, which stays as it is
    const last = path.findIndex(({ kind, id }) => kind === 'onnx' && !open.has(id));
    const shown = last < 0 ? path : path.slice(0, last + 1);
    setOpen((known) => new Set([...known, ...shown.slice(0, -1).map(({ id }) => id)]));
    setChosen(shown.at(-1)?.id);
  };
  /** chooses a box, in the boxes that it is in */
  const reveal = (one: Box): void => {
    const path = pathTo(boxes, (other) => other === one).slice(0, -1);
    setOpen((known) => new Set([...known, ...path.map(({ id }) => id)]));
    setChosen(one.id);
  };
  const look = (text: string): void => {
    setWanted(text);
    setAt(0);
    const first = nodes.findIndex((node) => isLike(node, text));
    if (first >= 0) goTo(first);
  };
  const next = (): void => {
    if (hits.length === 0) return;
    const following = (at + 1) % hits.length;
    setAt(following);
    goTo(hits[following]!);
  };
  const toggle = (one: Box): void => {
    const isOpen = open.has(one.id);
    setOpen((known) => (isOpen ? new Set([...known].filter((id) => id !== one.id)) : new Set([...known, one.id])));
    setChosen(isOpen ? one.id : seenBoxes(one.children, open)[0]?.id);
  };
  return (
    <div class="model-picture">
      <h2 class="hidden">{words.heading}</h2>
      <Facts picture={picture} other={other} />
      {picture.notes.map((note) => (
        <p key={note} class="small">
          {note}
        </p>
      ))}
      <div class="model-bar">
        <div class="tabs" role="radiogroup" aria-label={words.tabs.label}>
          {TABS.map((one) => (
            <label key={one} class={one === tab ? 'on' : undefined}>
              <input type="radio" name="tab" class="hidden" checked={one === tab} onChange={() => setTab(one)} />
              {words.tabs[one]}
            </label>
          ))}
        </div>
        {tab === 'graph' && <Search hits={hits} wanted={wanted} at={at} onWanted={look} onNext={next} />}
      </div>
      {tab === 'graph' && (
        <>
          <div class="model-bar">
            <fieldset class="model-choice">
              <legend>{words.modes.label}</legend>
              {MODES.map((one) => (
                <label key={one} class={one === mode ? 'on' : undefined}>
                  <input type="radio" name="mode" class="hidden" checked={one === mode} onChange={() => setMode(one)} />
                  {words.modes.names[one]}
                </label>
              ))}
            </fieldset>
            <Legend picture={picture} mode={mode} />
            {inners.length > 0 && (
              <button type="button" class="quiet" onClick={() => setOpen(open.size > 0 ? new Set() : new Set(inners.map(({ id }) => id)))}>
                {open.size > 0 ? words.graph.closeAll : words.graph.openAll}
              </button>
            )}
          </div>
          <div class="model-work">
            <Graph
              picture={picture}
              boxes={boxes}
              seen={seen}
              mode={mode}
              chosen={chosen}
              found={found}
              onChoose={({ id }) => setChosen(id)}
              onOpen={toggle}
            />
            <Panel picture={picture} boxes={boxes} seen={seen} chosen={box} open={open} onChoose={reveal} onToggle={toggle} />
          </div>
          <p class="small">{words.graph.help}</p>
        </>
      )}
      {tab === 'cells' && (
        <div class={box ? 'model-work' : undefined}>
          <Cells picture={picture} boxes={boxes} open={open} chosen={box} onChoose={reveal} />
          {box && <Panel picture={picture} boxes={boxes} seen={seen} chosen={box} open={open} onChoose={reveal} onToggle={toggle} />}
        </div>
      )}
      {tab === 'compare' && (other ? <Compare left={picture} right={other} /> : <p class="empty">{words.compare.need}</p>)}
    </div>
  );
}
