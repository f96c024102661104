// The fourth step: what verifying costs by the node's estimate, the one transaction, and what became of it. Caveat: wallets set bounds of their own, so what they
// show may be more than what is said here.
import { registration } from '../../state/chain.ts';
import { askCost, cost, currentProof, sending, sendProof } from '../../state/fact.ts';
import { TEXT } from '../../text.ts';
import { CHAIN_TEXT } from '../../text-chain.ts';
import { count, strk } from '../../units.ts';
import { ChainNote } from './note.tsx';

const WORDS = CHAIN_TEXT.send;

function CostFigures() {
  const state = cost.value;
  const { cost: words } = CHAIN_TEXT;
  const again = (
    <p>
      <button type="button" class="quiet" onClick={() => void askCost()}>
        {words.again}
      </button>
    </p>
  );
  if (state.kind === 'failed')
    return (
      <>
        <ChainNote error={state.error} />
        {again}
      </>
    );
  const quote = state.kind === 'known' ? state.quote : undefined;
  const balance = quote?.balanceFri;
  const rows = [
    [words.gas, quote && count(Number(quote.l2Gas))],
    [words.fee, quote && strk(quote.feeFri)],
    [words.most, quote && strk(quote.mostFri)],
    [words.balance, quote && (balance === undefined ? words.unknown : strk(balance))],
  ] as const;
  const poor = quote && balance !== undefined && balance < quote.mostFri ? quote.mostFri - balance : undefined;
  return (
    <>
      <dl class="figures" aria-label={words.label}>
        {rows.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value ?? <span class="pending">{TEXT.prove.figures.pending}</span>}</dd>
          </div>
        ))}
      </dl>
      {poor !== undefined && (
        <>
          <p class="warn">{words.poor(strk(poor))}</p>
          {again}
        </>
      )}
    </>
  );
}

export function SendingProof() {
  const made = currentProof.value;
  const state = sending.value;
  if (!made) return <p class="empty">{WORDS.needProof}</p>;
  if (state.kind === 'fact') return <p class="chain-good">{state.fact.l2Gas === undefined ? WORDS.before : WORDS.done}</p>;
  if (state.kind === 'signing')
    return (
      <div class="row">
        <p class="busy" role="status">
          {WORDS.signing}
        </p>
        <button type="button" class="quiet" onClick={state.stop}>
          {CHAIN_TEXT.wallet.stop}
        </button>
      </div>
    );
  if (state.kind === 'sent')
    return (
      <p class="busy chain-long" role="status">
        {WORDS.sent} <code>{state.transaction}</code>
      </p>
    );
  const known = registration.value.kind === 'registered';
  return (
    <>
      {known && <CostFigures />}
      <p>{CHAIN_TEXT.public}</p>
      <div class="row">
        <button type="button" class="main" disabled={!known} onClick={() => void sendProof()}>
          {WORDS.button}
        </button>
        {!known && <span class="small">{WORDS.needModel}</span>}
      </div>
      {state.kind === 'failed' && <ChainNote error={state.error} />}
    </>
  );
}
