// The view "Chain": a network, a wallet, a proof for its account, and the transaction that makes a fact of it; or, where the page has no network, how it gets
// one. Caveat: what is sent is public, and the page says so before it asks for a signature.
import '../../style/certificate.css';
import '../../style/prove.css';
import './chain.css';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { network, openNetwork } from '../../state/chain.ts';
import { choose, modelState } from '../../state/model.ts';
import { TEXT } from '../../text.ts';
import { CHAIN_TEXT } from '../../text-chain.ts';
import { Choosing } from './choosing.tsx';
import { Connecting } from './network.tsx';
import { ProvingForCaller } from './proving.tsx';
import { SendingProof } from './sending.tsx';
import { FactSheet } from './sheet.tsx';

function Step({ name, children }: { name: keyof typeof CHAIN_TEXT.steps; children: ComponentChildren }) {
  return (
    <li class="step">
      <h2>{CHAIN_TEXT.steps[name]}</h2>
      <div class="step-body">{children}</div>
    </li>
  );
}

function Lines({ lines }: { lines: readonly string[] }) {
  return (
    <pre>
      <code>{lines.join('\n')}</code>
    </pre>
  );
}

function NoNetwork() {
  const { none } = CHAIN_TEXT;
  return (
    <section class="plain">
      <h2>{none.heading}</h2>
      <p>{none.why}</p>
      <Lines lines={none.commands} />
      <p>{none.same}</p>
      <Lines lines={none.lines} />
    </section>
  );
}

function Steps() {
  useEffect(() => {
    if (modelState.value.kind === 'empty') void choose('digits');
  }, []);
  return (
    <div class="bench">
      <ol class="steps">
        <Step name="connect">
          <Connecting />
        </Step>
        <Step name="choose">
          <Choosing />
        </Step>
        <Step name="prove">
          <ProvingForCaller />
        </Step>
        <Step name="send">
          <SendingProof />
        </Step>
      </ol>
      <FactSheet />
    </div>
  );
}

export default function ChainView() {
  useEffect(() => void openNetwork(), []);
  return (
    <>
      <div class="chain-intro">
        <h1>{TEXT.titles.chain}</h1>
        <p class="lead">{CHAIN_TEXT.lead}</p>
      </div>
      {network.value.kind === 'reading' ? (
        <p class="busy" role="status">
          {CHAIN_TEXT.network.reading}
        </p>
      ) : network.value.kind === 'none' ? (
        <NoNetwork />
      ) : (
        <Steps />
      )}
    </>
  );
}
