// The third step: a proof that names this account, and what its call is made of. Caveat: it is proved with profile `chain`, the one that the contract takes.
import { Phases, ProofProgress } from '../../parts/proof-progress.tsx';
import { connected, trusted } from '../../state/chain.ts';
import { currentProof, ownProof, proveForCaller, sending } from '../../state/fact.ts';
import { currentInput } from '../../state/proof.ts';
import { TEXT } from '../../text.ts';
import { CHAIN_TEXT } from '../../text-chain.ts';
import { cellsPerSecond } from '../../units.ts';
import { Calldata } from './calldata.tsx';
import { ChainNote } from './note.tsx';

const WORDS = CHAIN_TEXT.proof;

export function ProvingForCaller() {
  const state = ownProof.value;
  const made = currentProof.value;
  // the proof that is being signed is the one that is shown
  const sent = sending.value.kind === 'signing' || sending.value.kind === 'sent';
  const missing = !trusted.value
    ? WORDS.needRegistry
    : !connected.value && state.kind !== 'proving'
      ? WORDS.needAccount
      : !currentInput.value
        ? TEXT.prove.needInput
        : undefined;
  if (state.kind === 'proving') return <ProofProgress {...state} />;
  return (
    <>
      {!made && <p>{WORDS.about}</p>}
      <div class="row">
        <button
          type="button"
          class={made ? 'quiet' : 'main'}
          disabled={missing !== undefined || sent}
          onClick={() => void proveForCaller()}
        >
          {made ? WORDS.again : WORDS.button}
        </button>
        {missing !== undefined && <span class="small">{missing}</span>}
      </div>
      {state.kind === 'failed' && <ChainNote error={state.error} />}
      {made && (
        <>
          <div class="took">
            <p data-measured>
              {TEXT.prove.took(
                made.own.made.allMs,
                made.own.made.proveMs,
                cellsPerSecond((1000 * made.own.made.cells) / made.own.made.proveMs),
              )}
            </p>
            <Phases ended={made.ended} />
          </div>
          <Calldata parts={made.own.card.parts} />
        </>
      )}
    </>
  );
}
