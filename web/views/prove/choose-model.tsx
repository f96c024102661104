// The first step: one of the page's own models or a file, and what compiling said. Caveat: a compiled file brings its own report along, a claim.
import { useState } from 'preact/hooks';
import { detailOf } from '../../engine/failure.ts';
import { DRAWN_SAMPLES, drawnSamples } from '../../files/draw-samples.ts';
import { Drop } from '../../parts/drop.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { SHIPPED, type ShippedName } from '../../shipped.ts';
import { choose, chooseFiles, compileAgain, type ModelState, modelState, type Source } from '../../state/model.ts';
import { TEXT } from '../../text.ts';
import { Compiled } from './compiled.tsx';

const GLYPHS: Readonly<Record<ShippedName, string>> = {
  digits: 'M8 10h8v8H8zM8 30h8v8H8zM20 20h8v8h-8zM32 10h8v8h-8zM32 30h8v8h-8zM16 14l4 8M16 34l4-8M28 22l4-8M28 26l4 8',
  lenet: 'M7 11h22v22H7zM13 11v22M20 11v22M7 18h22M7 26h22M33 16h8v16h-8zM29 15l4 3M29 30l4-1',
};

const chosenName = (state: ModelState): string | undefined =>
  state.kind === 'reading' ? state.name : state.kind === 'empty' ? undefined : state.source?.origin;

function Tiles({ state }: { state: ModelState }) {
  const chosen = chosenName(state);
  const source = state.kind === 'empty' || state.kind === 'reading' ? undefined : state.source;
  const own = source !== undefined && !(source.origin in SHIPPED) ? source : undefined;
  return (
    <ul class="tiles">
      {(Object.keys(SHIPPED) as ShippedName[]).map((name) => (
        <li key={name}>
          <button type="button" class="tile" aria-pressed={chosen === name} onClick={() => void choose(name)}>
            <svg viewBox="0 0 48 48" aria-hidden="true">
              <path d={GLYPHS[name]} />
            </svg>
            <strong>{TEXT.prove.models[name].name}</strong>
            <span>{TEXT.prove.models[name].about}</span>
          </button>
        </li>
      ))}
      <li>
        <Drop
          class={own ? 'tile-drop chosen' : 'tile-drop'}
          label={own ? own.name : TEXT.prove.drop}
          hint={own ? TEXT.prove.chosenAbout(own.fileName) : TEXT.prove.dropHint}
          accept=".onnx,.zkb,.json,.jsonl,.ndjson,.csv,.tsv"
          multiple
          onFiles={(files) => void chooseFiles(files)}
        />
      </li>
    </ul>
  );
}

function Wanting({ state }: { state: ModelState & { kind: 'wanting' } }) {
  const [least, setLeast] = useState('0');
  const [most, setMost] = useState('1');
  const { source, inputs, error } = state;
  const range = { least: Number(least), most: Number(most) };
  const fits = least !== '' && most !== '' && Number.isFinite(range.least) && range.most > range.least;
  const draw = (): void => void compileAgain(source, { samples: drawnSamples(inputs, range), drawn: true });
  return (
    <div class="wanting">
      <h3>{TEXT.prove.wanting.heading(source.name)}</h3>
      <p>{TEXT.prove.wanting.why}</p>
      <ul class="wanted">
        {inputs.map(({ name, shape, kind }) => (
          <li key={name}>
            <code>
              {TEXT.prove.wanting.input(
                name,
                shape.map((size) => size ?? TEXT.prove.wanting.open).join(' × '),
                TEXT.prove.wanting.kinds[kind],
              )}
            </code>
          </li>
        ))}
      </ul>
      <Drop
        label={TEXT.prove.wanting.drop}
        hint={TEXT.prove.wanting.dropHint}
        accept=".json,.jsonl,.ndjson,.csv,.tsv"
        multiple
        onFiles={(files) => void chooseFiles(files)}
      />
      {error !== undefined && <ErrorNote error={error} />}
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          if (fits) draw();
        }}
      >
        <span>{TEXT.prove.wanting.draw}</span>
        <label>
          {TEXT.prove.wanting.least}{' '}
          <input class="short" inputMode="decimal" value={least} onInput={(event) => setLeast(event.currentTarget.value)} />
        </label>
        <label>
          {TEXT.prove.wanting.most}{' '}
          <input class="short" inputMode="decimal" value={most} onInput={(event) => setMost(event.currentTarget.value)} />
        </label>
        <button type="submit" class="quiet" disabled={!fits}>
          {TEXT.prove.wanting.drawButton(DRAWN_SAMPLES)}
        </button>
      </form>
      <p class="small">{TEXT.prove.wanting.caveat}</p>
    </div>
  );
}

/** the share that the message proposes */
const PROPOSED = /--accept-error ([\d.]+)/;

function Failed({ source, error }: { source: Source | undefined; error: unknown }) {
  const { code, fix } = detailOf(error);
  const proposed = PROPOSED.exec(fix ?? '')?.[1];
  const [share, setShare] = useState(proposed ?? '');
  return (
    <div class="failed">
      <ErrorNote error={error} {...(code === 'ZK0533' && { heading: TEXT.prove.missed.heading })} />
      {source && proposed !== undefined && (
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault();
            void compileAgain(source, { acceptError: Number(share) });
          }}
        >
          <label>
            {TEXT.prove.missed.accept}{' '}
            <input class="short" inputMode="decimal" value={share} onInput={(event) => setShare(event.currentTarget.value)} />
          </label>
          <button type="submit" class="quiet" disabled={!(Number(share) > 0)}>
            {TEXT.prove.missed.take}
          </button>
        </form>
      )}
    </div>
  );
}

export function ChooseModel() {
  const state = modelState.value;
  return (
    <>
      <Tiles state={state} />
      <div aria-live="polite">
        {state.kind === 'reading' && <p class="busy">{TEXT.prove.reading(state.name)}</p>}
        {state.kind === 'compiling' && (
          <p class="busy">
            {TEXT.prove.compiling(state.source.name)} <span class="small">{TEXT.prove.phase(state.phase)}</span>
          </p>
        )}
        {state.kind === 'ready' && <Compiled source={state.source} card={state.card} />}
      </div>
      {state.kind === 'wanting' && <Wanting state={state} />}
      {state.kind === 'failed' && <Failed key={detailOf(state.error).what} source={state.source} error={state.error} />}
    </>
  );
}
