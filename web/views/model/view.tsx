// A compiled model, drawn: a .zkb file, or the model of the view "Prove", and a second compile beside it. Source: `pictureOf` of the library. Caveat: a file
// says of errors and shapes what its compiler stored, and has no histograms; a model that was compiled in this tab has them.
import { useEffect } from 'preact/hooks';
import { Drop } from '../../parts/drop.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { SHIPPED, type ShippedName } from '../../shipped.ts';
import { choose, modelState, ready } from '../../state/model.ts';
import { lookAt, lookAtFile, type Side, sides } from '../../state/picture.ts';
import { TEXT } from '../../text.ts';
import { Picture } from './picture.tsx';

/** models of the page, which are compiled when they are chosen, so that their values are known */
function Shipped() {
  const { value: state } = modelState;
  if (state.kind === 'reading' || state.kind === 'compiling')
    return (
      <p class="busy" role="status">
        {TEXT.prove.compiling(state.kind === 'reading' ? state.name : state.source.name)}
      </p>
    );
  return (
    <div class="row">
      <span class="small">{TEXT.model.shipped}</span>
      {(Object.keys(SHIPPED) as ShippedName[]).map((name) => (
        <button key={name} type="button" class="quiet" onClick={() => void choose(name)}>
          {TEXT.prove.models[name].name}
        </button>
      ))}
      {state.kind === 'failed' && <ErrorNote error={state.error} />}
    </div>
  );
}

export default function ModelView() {
  const { first, second } = sides.value;
  const current = ready.value?.card;
  // the model that is worked with, unless another one was dropped
  useEffect(() => {
    if (current && sides.value.first.kind === 'empty') void lookAt(current);
  }, [current]);
  const dropped = (side: Side) => (files: { bytes: Uint8Array }[]) => void lookAtFile(side, files[0]!.bytes);
  const shown = first.kind === 'drawn' ? first.picture : undefined;
  return (
    <article class="model">
      <header>
        <h1>{TEXT.titles.model}</h1>
        {!shown && <p class="lead">{TEXT.model.lead}</p>}
      </header>
      {shown ? (
        <div class="model-head">
          <h2>{second.kind === 'drawn' ? TEXT.picture.compare.names(shown.name, second.picture.name) : shown.name}</h2>
          <div class="model-drops">
            <Drop label={TEXT.model.again} accept=".zkb" onFiles={dropped('first')} />
            <Drop label={TEXT.model.beside} accept=".zkb" onFiles={dropped('second')} />
          </div>
        </div>
      ) : (
        <>
          <Drop label={TEXT.model.drop} hint={TEXT.model.hint} accept=".zkb" onFiles={dropped('first')} />
          <Shipped />
        </>
      )}
      {[first, second].map(
        (side, i) =>
          (side.kind === 'busy' && (
            <p key={i} class="busy" role="status">
              {TEXT.model.busy}
            </p>
          )) ||
          (side.kind === 'failed' && <ErrorNote key={i} error={side.error} />),
      )}
      {shown && (
        <Picture
          key={first.kind === 'drawn' ? first.number : 0}
          picture={shown}
          other={second.kind === 'drawn' ? second.picture : undefined}
        />
      )}
    </article>
  );
}
