// What a proof says, on a sheet: the model, the input, the answer, and how sure that is. The same sheet is a draft before there is a proof. Source:
// `Verdict` of the library, the verifier's own words. Caveat: the name is the model's own; the id is what is proved.
import type { ComponentChildren } from 'preact';
import type { ProfileName, RealTensorsByName, SecurityReport } from 'zkvm/prover';
import { pictureOf } from '../files/picture.ts';
import { TEXT } from '../text.ts';
import { duration, shape as shapeText, shortId } from '../units.ts';
import { Copy } from './copy.tsx';
import { Heat } from './heat.tsx';
import { answerOf, Outputs } from './outputs.tsx';

/** what the sheet says; what is not known yet is left out */
export interface CertificateProps {
  state: 'draft' | 'waiting' | 'proving' | 'accepted' | 'refused';
  /** instead of the state's own words */
  heading?: string | undefined;
  model?: string | undefined;
  inputs?: RealTensorsByName | undefined;
  /** of inputs that the proof has by commitment, in hexadecimal */
  roots?: { readonly [name: string]: string } | undefined;
  outputs?: RealTensorsByName | undefined;
  labels?: readonly string[] | undefined;
  /** all labels of the model */
  names?: readonly string[] | undefined;
  proved?: Proved | undefined;
  children?: ComponentChildren;
}

/** of an accepted proof */
export interface Proved {
  modelId: string;
  profile: ProfileName;
  security: SecurityReport;
  proofBytes: number;
  recordBytes: number;
  verifyMs: number;
  proveMs?: number | undefined;
  context: Uint8Array;
}

/** the bits that a profile is about: by proof, or under its conjecture */
export const bitsOf = (profile: ProfileName, { provenBits, conjecturedBits }: SecurityReport): { value: number; proven: boolean } =>
  profile === 'proven' ? { value: provenBits, proven: true } : { value: conjecturedBits, proven: false };

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

function Given({ inputs, roots }: { inputs: RealTensorsByName; roots: { readonly [name: string]: string } }) {
  return (
    <>
      {Object.entries(inputs).map(([name, { shape, data }]) => {
        const picture = pictureOf({ shape });
        return picture ? (
          <Heat key={name} class="cert-picture" label={TEXT.certificate.input(name, shape)} picture={picture} values={data} />
        ) : (
          <span key={name} class="cert-tensor">
            {name} <small>{shapeText(shape)}</small>
          </span>
        );
      })}
      {Object.entries(roots).map(([name, root]) => (
        <span key={name} class="cert-tensor" title={root}>
          {name} <small>{TEXT.certificate.committed(shortId(root))}</small>
        </span>
      ))}
    </>
  );
}

function Facts({ modelId, profile, security, proofBytes, recordBytes, verifyMs, proveMs, context }: Proved) {
  const { value, proven } = bitsOf(profile, security);
  return (
    <dl class="facts">
      <div>
        <dt>{TEXT.certificate.modelId}</dt>
        <dd>
          <code title={modelId}>{shortId(modelId)}</code> <Copy class="link" text={() => modelId} label={TEXT.certificate.copyId} />
        </dd>
      </div>
      <div>
        <dt>{TEXT.certificate.security}</dt>
        <dd>{TEXT.certificate.securityValue(TEXT.prove.profile.names[profile], value, proven)}</dd>
      </div>
      <div>
        <dt>{TEXT.certificate.size}</dt>
        <dd>{TEXT.certificate.sizeValue(proofBytes, recordBytes)}</dd>
      </div>
      {proveMs !== undefined && (
        <div>
          <dt>{TEXT.certificate.made}</dt>
          <dd data-measured>{duration(proveMs)}</dd>
        </div>
      )}
      <div>
        <dt>{TEXT.certificate.checked}</dt>
        <dd data-measured>{duration(verifyMs)}</dd>
      </div>
      {context.length > 0 && (
        <div>
          <dt>{TEXT.certificate.context}</dt>
          <dd>
            <code>{hexOf(context)}</code>
          </dd>
        </div>
      )}
    </dl>
  );
}

export function Certificate({
  state,
  heading,
  model,
  inputs,
  roots = {},
  outputs,
  labels,
  names = [],
  proved,
  children,
}: CertificateProps) {
  return (
    <section class={`cert cert-${state}`} aria-labelledby="cert-state">
      <header>
        <svg viewBox="0 0 32 32" aria-hidden="true" class="seal">
          <circle cx="16" cy="16" r="13" />
          {state === 'accepted' && <path d="M9.5 16.8l4.4 4.5L22.8 11.6" />}
          {state === 'refused' && <path d="M11 11l10 10M21 11L11 21" />}
        </svg>
        <h2 id="cert-state" aria-live="polite">
          {heading ?? TEXT.certificate[state]}
        </h2>
      </header>
      {model === undefined && state !== 'refused' ? (
        <p class="cert-blank">{TEXT.certificate.blank}</p>
      ) : (
        model !== undefined && (
          <div class="cert-says">
            <p>
              {TEXT.certificate.model} <strong>{model}</strong> {TEXT.certificate.given}
            </p>
            <div class="cert-given">
              {inputs ? <Given inputs={inputs} roots={roots} /> : <span class="cert-gap">{TEXT.certificate.thisInput}</span>}
            </div>
            <p>
              {TEXT.certificate.answered}{' '}
              <strong class="cert-answer">{outputs ? answerOf({ outputs, labels }) : <span class="cert-gap"> </span>}</strong>
            </p>
            {outputs && <Outputs outputs={outputs} labels={labels} names={names} />}
          </div>
        )
      )}
      {proved && <Facts {...proved} />}
      {children}
    </section>
  );
}
