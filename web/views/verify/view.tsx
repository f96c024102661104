// The view "Verify": a proof and a record, from files, from a link or from this tab, and what the verifier says. Caveat: the verdict is as good as the
// record; the page asks for the model id that is expected, and cannot know it itself.
import '../../style/certificate.css';
import '../../style/verify.css';
import { useEffect, useState } from 'preact/hooks';
import type { ProfileName, SecurityReport } from 'zkvm/verifier';
import type { ViewProps } from '../../app.tsx';
import { Accepted } from '../../parts/accepted.tsx';
import { Bars } from '../../parts/bars.tsx';
import { Certificate } from '../../parts/certificate.tsx';
import { Drop } from '../../parts/drop.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { proofState } from '../../state/proof.ts';
import { give, giveLink, startAgain, type Verified, verifyState } from '../../state/verify.ts';
import { TEXT } from '../../text.ts';
import { bits } from '../../units.ts';

/** Every error of the protocol in bits, and their sum. */
function Security({ profile, security }: { profile: ProfileName; security: SecurityReport }) {
  const own = profile === 'proven' ? 'provenBits' : 'conjecturedBits';
  const rows = [
    ...security.terms.map(({ name, provenBits, conjecturedBits }) => ({ name, provenBits, conjecturedBits, strong: false })),
    { name: TEXT.verify.sum, provenBits: security.provenBits, conjecturedBits: security.conjecturedBits, strong: true },
  ];
  const most = Math.max(...rows.map((row) => Math.max(row.provenBits, row.conjecturedBits)));
  return (
    <section class="security">
      <h2>{TEXT.verify.security}</h2>
      <p class="small">{TEXT.verify.securityHint(TEXT.prove.profile.names[profile])}</p>
      <Bars
        label={TEXT.verify.security}
        most={most}
        rows={rows.map(({ name, strong, ...row }) => ({
          name,
          value: row[own],
          beyond: Math.max(row.provenBits, row.conjecturedBits),
          shown: bits(row[own]),
          strong,
        }))}
      />
      <p class="small">{own === 'provenBits' ? TEXT.verify.legendProven : TEXT.verify.legendConjectured(security.provenBits)}</p>
    </section>
  );
}

function Expected({ modelId }: { modelId: string }) {
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase().replace(/^0x/, '');
  return (
    <section class="expected">
      <label for="expected">{TEXT.verify.expected}</label>
      <input id="expected" spellcheck={false} autocomplete="off" value={text} onInput={(event) => setText(event.currentTarget.value)} />
      <p class={wanted === '' ? 'small' : wanted === modelId ? 'good' : 'warn'} role="status">
        {wanted === '' ? TEXT.verify.expectedHint : wanted === modelId ? TEXT.verify.same : TEXT.verify.other}
      </p>
    </section>
  );
}

function Has({ name, part }: { name: 'proof' | 'record'; part: { name: string; bytes: Uint8Array } | undefined }) {
  return (
    <div>
      <dt>{TEXT.verify.has[name]}</dt>
      <dd class={part ? undefined : 'pending'}>{part ? TEXT.verify.has.from(part.name, part.bytes.length) : TEXT.verify.has.missing}</dd>
    </div>
  );
}

function Sheet() {
  const state = verifyState.value;
  if (state.kind === 'accepted') {
    const { verdict, proof, record, names } = state.verified;
    return (
      <Accepted verdict={verdict} proof={proof.bytes} record={record.bytes} verifyMs={verdict.ms} names={names}>
        <p class="cert-note">{verdict.tables === 'strict' ? TEXT.verify.strict : TEXT.verify.saturating}</p>
      </Accepted>
    );
  }
  if (state.kind === 'refused')
    return (
      <Certificate state="refused">
        <p>{TEXT.verify.refusedHint}</p>
        <ErrorNote error={state.error} heading={TEXT.verify.refusedBecause} />
      </Certificate>
    );
  return (
    <Certificate state="waiting">
      {state.kind === 'checking' && (
        <p class="busy" role="status">
          {TEXT.verify.checking}
        </p>
      )}
    </Certificate>
  );
}

function Details({ verdict }: Verified) {
  return (
    <>
      <Expected modelId={verdict.modelId} />
      <Security profile={verdict.profile} security={verdict.security} />
      <section class="not-said">
        <h2>{TEXT.verify.notSaid}</h2>
        <ul>
          {TEXT.verify.notSaidList.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </section>
    </>
  );
}

export default function VerifyView({ rest }: ViewProps) {
  useEffect(() => {
    if (rest !== '') void giveLink(rest);
  }, [rest]);
  const state = verifyState.value;
  const made = proofState.value.kind === 'made' ? proofState.value.made : undefined;
  const over = state.kind === 'accepted' || state.kind === 'refused';
  return (
    <>
      <div class="verify-intro">
        <h1>{TEXT.titles.verify}</h1>
        <p class="lead">{TEXT.verify.lead}</p>
      </div>
      <div class="verify-bench">
        <div class="verify-side">
          <Drop
            class={over ? 'drop-again' : 'drop-large'}
            label={over ? TEXT.verify.again : TEXT.verify.drop}
            hint={TEXT.verify.dropHint}
            multiple
            onFiles={(files) => {
              if (over) startAgain();
              void give(files);
            }}
          />
          <dl class="has">
            <Has name="proof" part={state.proof} />
            <Has name="record" part={state.record} />
          </dl>
          {state.kind === 'unreadable' && <ErrorNote error={state.error} />}
          {made && !over && (
            <p>
              <button
                type="button"
                class="quiet"
                onClick={() =>
                  void give([
                    { name: TEXT.verify.fromHere, bytes: made.proof },
                    { name: TEXT.verify.fromHere, bytes: made.record },
                  ])
                }
              >
                {TEXT.verify.takeMade}
              </button>
            </p>
          )}
          {state.kind === 'accepted' && <Details {...state.verified} />}
        </div>
        <Sheet />
      </div>
    </>
  );
}
