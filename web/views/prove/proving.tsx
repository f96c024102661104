// The third step: how strong, on which device, the button, and where the proof is. Caveat: a proof of work is a lottery, so the bar may wait.
import { useEffect, useState } from 'preact/hooks';
import type { Device, ProfileName } from 'zkvm/prover';
import { ErrorNote } from '../../parts/error-note.tsx';
import { profile, ready } from '../../state/model.ts';
import { currentInput, type ProofState, proofState, prove, prover, useDevice } from '../../state/proof.ts';
import { TEXT } from '../../text.ts';
import { cellsPerSecond, cells as cellsText, duration } from '../../units.ts';
import { Figures } from './compiled.tsx';

/** what is proved under, in the order of the choice; `test` proves nothing */
const PROFILES: readonly ProfileName[] = ['proven', 'fast', 'chain'];
const DEVICES: readonly Device[] = ['auto', 'webgpu', 'wasm', 'js'];
/** the steps of a proof, as the library tells that they have ended */
const ORDER = Object.keys(TEXT.prove.phases).filter((phase) => phase !== '' && phase !== 'done');

const phaseText = (phase: string): string => TEXT.prove.phases[phase] ?? phase;

/** the step that comes after one that has ended */
function after(ended: readonly { phase: string }[]): string {
  const last = ended.at(-1)?.phase;
  return last === undefined ? '' : (ORDER[ORDER.indexOf(last) + 1] ?? 'done');
}

function Progress({ ended, fraction, cells, since, stop }: ProofState & { kind: 'proving' }) {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 100);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0.001, (now - since) / 1000);
  return (
    <div class="progress">
      <progress max={1} value={fraction} aria-label={TEXT.prove.progress} />
      <p class="row spread">
        <span role="status">{phaseText(after(ended))}</span>
        <span class="small">
          {cells > 0 && `${cellsText(cells)} · ${cellsPerSecond((fraction * cells) / seconds)} · `}
          {duration(now - since)}
        </span>
      </p>
      <button type="button" class="quiet" onClick={stop}>
        {TEXT.prove.stop}
      </button>
    </div>
  );
}

function Phases({ ended }: { ended: readonly { phase: string; ms: number }[] }) {
  const all = ended.reduce((sum, { ms }) => sum + ms, 0);
  let at = 0;
  return (
    <details class="phases">
      <summary>{TEXT.prove.phasesDone}</summary>
      <svg class="phase-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        {ended.map(({ phase, ms }, i) => {
          const x = (100 * at) / all;
          at += ms;
          return <rect key={phase} x={x} width={(100 * ms) / all} height="4" class={i % 2 ? 'odd' : undefined} />;
        })}
      </svg>
      <dl class="phase-list">
        {ended.map(({ phase, ms }) => (
          <div key={phase}>
            <dt>{phaseText(phase)}</dt>
            <dd>{duration(ms)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Choices() {
  const [device, setDevice] = useState<Device>('auto');
  const [error, setError] = useState<unknown>(undefined);
  const change = async (next: Device): Promise<void> => {
    setDevice(next);
    setError(undefined);
    try {
      await useDevice(next);
    } catch (failure) {
      setError(failure);
    }
  };
  const busy = proofState.value.kind === 'proving';
  return (
    <>
      <fieldset class="profiles" disabled={busy}>
        <legend>{TEXT.prove.profile.label}</legend>
        {PROFILES.map((name) => (
          <label key={name} class={profile.value === name ? 'on' : undefined}>
            <input
              type="radio"
              name="profile"
              checked={profile.value === name}
              onChange={() => {
                profile.value = name;
              }}
            />
            <strong>{TEXT.prove.profile.names[name]}</strong> <span>{TEXT.prove.profile.about[name]}</span>
          </label>
        ))}
      </fieldset>
      <div class="device">
        <label>
          {TEXT.prove.device.label}{' '}
          <select value={device} disabled={busy} onChange={(event) => void change(event.currentTarget.value as Device)}>
            {DEVICES.map((name) => (
              <option key={name} value={name}>
                {TEXT.prove.device[name]}
              </option>
            ))}
          </select>
        </label>
        <p class="small" role="status" data-measured>
          {prover.value?.why ?? TEXT.prove.device.starting}
        </p>
      </div>
      {error !== undefined && <ErrorNote error={error} />}
    </>
  );
}

export function Proving() {
  const state = proofState.value;
  const given = currentInput.value !== undefined;
  const made = state.kind === 'made' ? state : undefined;
  return (
    <>
      <Choices />
      {ready.value && <Figures card={ready.value.card} />}
      {state.kind === 'proving' ? (
        <Progress {...state} />
      ) : (
        <div class="row">
          <button type="button" class="main" disabled={!given} onClick={() => void prove()}>
            {made ? TEXT.prove.again : TEXT.prove.button}
          </button>
          {!given && <span class="small">{TEXT.prove.needInput}</span>}
        </div>
      )}
      {state.kind === 'failed' && <ErrorNote error={state.error} />}
      {made && (
        <div class="took">
          <p data-measured>
            {TEXT.prove.took(made.made.allMs, made.made.proveMs, cellsPerSecond((1000 * made.made.cells) / made.made.proveMs))}
          </p>
          {made.made.saturated > 0 && <p class="warn">{TEXT.prove.saturated(made.made.saturated)}</p>}
          {made.made.unsteady > 0 && <p class="warn">{TEXT.prove.unsteady}</p>}
          <Phases ended={made.ended} />
        </div>
      )}
    </>
  );
}
