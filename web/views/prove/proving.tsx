// The third step: how strong, on which device, the button, and where the proof is. Caveat: an estimate is of this machine as it is now.
import { useState } from 'preact/hooks';
import type { Device, ProfileName } from 'zkvm/prover';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Phases, ProofProgress } from '../../parts/proof-progress.tsx';
import { profile, ready } from '../../state/model.ts';
import { currentInput, proofState, prove, prover, useDevice } from '../../state/proof.ts';
import { TEXT } from '../../text.ts';
import { cellsPerSecond } from '../../units.ts';
import { Figures } from './compiled.tsx';

/** what is proved under, in the order of the choice; `test` proves nothing */
const PROFILES: readonly ProfileName[] = ['proven', 'fast', 'chain'];
const DEVICES: readonly Device[] = ['auto', 'webgpu', 'wasm', 'js'];
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
        <ProofProgress {...state} />
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
