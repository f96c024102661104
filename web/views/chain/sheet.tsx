// The sheet beside the steps: the answer as a claim, then what the proof says and for whom, then the fact and what made it one. Caveat: the block and the fee are
// the node's word; the statement is the verifier's.
import { Accepted } from '../../parts/accepted.tsx';
import { Certificate } from '../../parts/certificate.tsx';
import { Copy } from '../../parts/copy.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { network } from '../../state/chain.ts';
import { currentProof, type Fact, type OwnProof, ownProof, sending } from '../../state/fact.ts';
import { ready } from '../../state/model.ts';
import { answer, currentInput } from '../../state/proof.ts';
import { TEXT } from '../../text.ts';
import { CHAIN_TEXT } from '../../text-chain.ts';
import { count, felt, gas, shortId, strk } from '../../units.ts';
import { Explored } from './network.tsx';

const WORDS = CHAIN_TEXT.sheet;
/** the context is said in words */
const NO_BYTES = new Uint8Array();

function OnChain({ own, fact }: { own: OwnProof; fact: Fact | undefined }) {
  const statement = felt(own.card.statement);
  const rows = [
    [
      WORDS.transaction,
      fact?.transaction && (
        <Explored at={`tx/${fact.transaction}`} text={shortId(felt(BigInt(fact.transaction)))} title={fact.transaction} />
      ),
    ],
    [WORDS.block, fact?.block !== undefined && count(fact.block)],
    [WORDS.gas, fact?.l2Gas !== undefined && gas(fact.l2Gas)],
    [WORDS.fee, fact?.feeFri !== undefined && strk(fact.feeFri)],
  ] as const;
  return (
    <>
      <dl class="facts">
        <div>
          <dt>{WORDS.statement}</dt>
          <dd>
            <code title={statement}>{shortId(statement)}</code> <Copy class="link" text={() => statement} label={WORDS.copyStatement} />
          </dd>
        </div>
        <div>
          <dt>{WORDS.caller}</dt>
          <dd>
            <Explored at={`contract/${felt(own.caller)}`} text={shortId(felt(own.caller))} title={felt(own.caller)} />
          </dd>
        </div>
        {rows.map(
          ([term, value]) =>
            value && (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {fact ? (
        <div class="chain-call">
          <p class="cert-note">{WORDS.note}</p>
          <code>{WORDS.call(statement)}</code>
        </div>
      ) : (
        <p class="cert-note">{WORDS.elsewhere}</p>
      )}
    </>
  );
}

export function FactSheet() {
  const proof = currentProof.value;
  const { value: net } = network;
  if (proof && net.kind === 'open') {
    const { own } = proof;
    const fact = sending.value.kind === 'fact' ? sending.value.fact : undefined;
    const { made } = own;
    return (
      <Accepted
        {...made}
        verdict={{ ...made.verdict, context: NO_BYTES }}
        names={made.model.labels}
        heading={fact ? WORDS.fact(net.settings.name) : WORDS.proved}
      >
        <OnChain own={own} fact={fact} />
      </Accepted>
    );
  }
  const model = ready.value;
  const said = answer.value;
  const ran = said.kind === 'ran' && currentInput.value ? said.ran : undefined;
  return (
    <Certificate
      state={ownProof.value.kind === 'proving' ? 'proving' : 'draft'}
      model={model?.card.name}
      inputs={ran?.inputs}
      outputs={ran?.outputs}
      labels={ran?.labels}
      names={model?.card.labels}
    >
      {said.kind === 'failed' && <ErrorNote error={said.error} />}
      {model && !currentInput.value && <p class="cert-note">{TEXT.prove.answer.none}</p>}
    </Certificate>
  );
}
