// The second step: the model, whether the registry knows it, and the input. Caveat: another model is chosen in the view Prove, which says what compiling it gave.
import { useState } from 'preact/hooks';
import { ErrorNote } from '../../parts/error-note.tsx';
import { addressOf } from '../../routes.ts';
import { askAgain, connected, registerModel, registration, trusted } from '../../state/chain.ts';
import { modelState, ready } from '../../state/model.ts';
import { currentInput } from '../../state/proof.ts';
import { TEXT } from '../../text.ts';
import { CHAIN_TEXT } from '../../text-chain.ts';
import { gas, strk } from '../../units.ts';
import { Input } from '../prove/input.tsx';
import { ChainNote } from './note.tsx';

const WORDS = CHAIN_TEXT.model;

function Missing({ error }: { error: unknown }) {
  const owner = connected.value;
  return (
    <>
      <p>{WORDS.missing}</p>
      {error !== undefined && <ChainNote error={error} />}
      <div class="row">
        <button type="button" class="main" disabled={!owner} onClick={() => void registerModel()}>
          {WORDS.register}
        </button>
        {!owner && <span class="small">{CHAIN_TEXT.proof.needAccount}</span>}
      </div>
    </>
  );
}

function Registered() {
  const state = registration.value;
  if (!trusted.value || state.kind === 'unknown') return null;
  if (state.kind === 'asking')
    return (
      <p class="busy" role="status">
        {WORDS.asking}
      </p>
    );
  if (state.kind === 'registering')
    return (
      <div class="row">
        <p class="busy chain-long" role="status">
          {state.transaction === undefined ? WORDS.registering : WORDS.sent(state.transaction)}
        </p>
        {state.stop && (
          <button type="button" class="quiet" onClick={state.stop}>
            {CHAIN_TEXT.wallet.stop}
          </button>
        )}
      </div>
    );
  if (state.kind === 'failed')
    return (
      <>
        <ChainNote error={state.error} />
        <p>
          <button type="button" class="quiet" onClick={askAgain}>
            {WORDS.again}
          </button>
        </p>
      </>
    );
  if (state.kind === 'missing') return <Missing error={state.error} />;
  return (
    <p class="chain-good">
      {WORDS.registered} {state.receipt && WORDS.registeredNow(gas(state.receipt.l2Gas), strk(state.receipt.feeFri))}
    </p>
  );
}

export function Choosing() {
  const state = modelState.value;
  // who comes with an input sees it on the sheet; who gives one here may go on drawing
  const [open] = useState(currentInput.value === undefined);
  const name = ready.value?.card.name ?? (state.kind === 'reading' ? state.name : undefined);
  const compiling = state.kind === 'reading' || state.kind === 'compiling';
  return (
    <>
      <p class="row">
        <span>
          {WORDS.label} <strong>{name ?? (state.kind === 'compiling' ? state.source.name : WORDS.notReady)}</strong>
        </span>
        <a href={addressOf('prove')}>{WORDS.another}</a>
      </p>
      {compiling && (
        <p class="busy" role="status">
          {TEXT.prove.compiling(state.kind === 'reading' ? state.name : state.source.name)}
        </p>
      )}
      {state.kind === 'failed' && <ErrorNote error={state.error} />}
      <Registered />
      {ready.value && (
        <details class="chain-input" open={open}>
          <summary>{WORDS.give}</summary>
          <div class="step-body">
            <Input />
          </div>
        </details>
      )}
    </>
  );
}
