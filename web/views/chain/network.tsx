// The first step: the network of this page, whether its registry may be believed, and the wallet. Caveat: a wallet's name is its own word.
import { useEffect, useState } from 'preact/hooks';
import { Failure } from '../../engine/failure.ts';
import { Copy } from '../../parts/copy.tsx';
import { account, connectWallet, disconnect, type FoundWallet, type NetworkState, network, openNetwork } from '../../state/chain.ts';
import { CHAIN_TEXT } from '../../text-chain.ts';
import { felt, shortId } from '../../units.ts';
import { ChainNote } from './note.tsx';

const WORDS = CHAIN_TEXT.network;

/** a place at the network's explorer, or the text alone where none is named */
export function Explored({ at, text, title }: { at: string; text: string; title?: string }) {
  const { value: state } = network;
  const explorer = state.kind === 'open' ? state.settings.explorer : undefined;
  if (explorer === undefined) return <code title={title ?? text}>{text}</code>;
  return (
    <a href={`${explorer}/${at}`} target="_blank" rel="noreferrer">
      <code title={title ?? text}>{text}</code>
    </a>
  );
}

function Facts({ state }: { state: NetworkState & { kind: 'opening' | 'away' | 'open' } }) {
  const { settings } = state;
  const card = state.kind === 'open' ? state.card : undefined;
  return (
    <dl class="facts chain-facts" aria-label={WORDS.label}>
      <div>
        <dt>{WORDS.name}</dt>
        <dd>{card ? WORDS.nameValue(settings.name, card.chain) : settings.name}</dd>
      </div>
      <div>
        <dt>{WORDS.node}</dt>
        <dd data-measured>{new URL(settings.rpc).host}</dd>
      </div>
      {card && (
        <div>
          <dt>{WORDS.registry}</dt>
          <dd>
            <Explored at={`contract/${felt(card.registry)}`} text={shortId(felt(card.registry))} title={felt(card.registry)} />{' '}
            <Copy class="link" text={() => felt(card.registry)} label={WORDS.copyRegistry} />
          </dd>
        </div>
      )}
    </dl>
  );
}

function Wallets() {
  const [wallets, setWallets] = useState<readonly FoundWallet[] | undefined>(undefined);
  const [turn, setTurn] = useState(0);
  const [error, setError] = useState<unknown>(undefined);
  useEffect(() => {
    let end: (() => void) | undefined;
    let gone = false;
    setError(undefined);
    import('./wallets.ts').then(
      ({ watchWallets }) => {
        if (gone) return;
        try {
          end = watchWallets(setWallets);
        } catch (failure) {
          setError(failure);
        }
      },
      (failure: unknown) => setError(failure),
    );
    return () => {
      gone = true;
      end?.();
    };
  }, [turn]);
  if (error !== undefined) return <ChainNote error={error} />;
  if (!wallets) return <p class="busy">{CHAIN_TEXT.wallet.looking}</p>;
  return (
    <div class="stack">
      {wallets.length === 0 && <p>{CHAIN_TEXT.wallet.none}</p>}
      <ul class="row" aria-label={CHAIN_TEXT.wallet.label}>
        {wallets.map((wallet) => (
          <li key={wallet.name}>
            <button type="button" class="main" onClick={() => void connectWallet(wallet)}>
              {CHAIN_TEXT.wallet.connect(wallet.name)}
            </button>
          </li>
        ))}
        <li>
          <button type="button" class="quiet" onClick={() => setTurn(turn + 1)}>
            {CHAIN_TEXT.wallet.again}
          </button>
        </li>
      </ul>
    </div>
  );
}

function Account() {
  const state = account.value;
  if (state.kind === 'asking')
    return (
      <div class="row">
        <p class="busy" role="status">
          {CHAIN_TEXT.wallet.asking(state.wallet.name)}
        </p>
        <button type="button" class="quiet" onClick={state.stop}>
          {CHAIN_TEXT.wallet.stop}
        </button>
      </div>
    );
  if (state.kind === 'connected')
    return (
      <dl class="facts chain-facts">
        <div>
          <dt>{CHAIN_TEXT.wallet.account}</dt>
          <dd>
            <Explored at={`contract/${felt(state.address)}`} text={shortId(felt(state.address))} title={felt(state.address)} />{' '}
            {CHAIN_TEXT.wallet.of(state.wallet.name)}{' '}
            <button type="button" class="link" onClick={disconnect}>
              {CHAIN_TEXT.wallet.other}
            </button>
          </dd>
        </div>
      </dl>
    );
  return (
    <>
      {state.kind === 'failed' && <ChainNote error={state.error} />}
      <Wallets />
    </>
  );
}

export function Connecting() {
  const state = network.value;
  if (state.kind === 'reading' || state.kind === 'none') return null;
  if (state.kind === 'misread') return <ChainNote error={state.error} heading={CHAIN_TEXT.settings.misread} />;
  const again = (
    <p>
      <button type="button" class="quiet" onClick={() => void openNetwork()}>
        {WORDS.again}
      </button>
    </p>
  );
  return (
    <>
      <Facts state={state} />
      {state.kind === 'opening' && (
        <p class="busy" role="status">
          {WORDS.opening}
        </p>
      )}
      {state.kind === 'away' && (
        <>
          <ChainNote error={state.error} />
          {again}
        </>
      )}
      {state.kind === 'open' &&
        (state.card.distrust ? (
          <>
            <ChainNote error={new Failure(state.card.distrust)} heading={WORDS.distrusted} />
            {again}
          </>
        ) : (
          <>
            <p class="chain-good">{WORDS.trusted}</p>
            <Account />
          </>
        ))}
    </>
  );
}
