// The felts of the call by what they are for, as one bar and a list. Source: `parts` of the library's `Verification`. Caveat: felts are what a transaction has a
// limit of; gas goes by hashing, which is mostly the paths.
import type { CalldataPart } from 'zkvm/starknet';
import { CHAIN_TEXT } from '../../text-chain.ts';
import { count, percent } from '../../units.ts';

/** felts that a transaction takes */
const MOST_FELTS = 5000;
const HEIGHT = 10;

export function Calldata({ parts }: { parts: readonly CalldataPart[] }) {
  const all = parts.reduce((sum, { felts }) => sum + felts, 0);
  let at = 0;
  return (
    <section class="calldata">
      <h3>{CHAIN_TEXT.proof.calldata}</h3>
      <p class="small">{CHAIN_TEXT.proof.calldataValue(all, MOST_FELTS)}</p>
      <svg viewBox={`0 0 ${MOST_FELTS} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <rect class="bar-track" width={MOST_FELTS} height={HEIGHT} />
        {parts.map(({ name, felts }) => {
          const x = at;
          at += felts;
          return <rect key={name} class={`part-${name}`} x={x} width={felts} height={HEIGHT} />;
        })}
      </svg>
      <dl>
        {parts.map(({ name, felts }) => (
          <div key={name}>
            <dt>
              <svg viewBox="0 0 10 10" aria-hidden="true">
                <rect class={`part-${name}`} width="10" height="10" />
              </svg>
              {CHAIN_TEXT.proof.parts[name]} <span class="small">{CHAIN_TEXT.proof.partsAbout[name]}</span>
            </dt>
            <dd>
              {count(felts)} <span class="small">{percent(Math.round((100 * felts) / all) / 100)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
