// The sheet beside the steps: the model's answer as a claim, then as what the proof says, with the files and the commands. Caveat: it shows the proof that
// was made last, until the input changes; then it is a draft again, and the proof stays in the files that were saved.

import { maker } from '../../engine/engines.ts';
import { commandLines } from '../../files/command-line.ts';
import { fileName, save } from '../../files/save.ts';
import { sharePart } from '../../files/share.ts';
import { Accepted } from '../../parts/accepted.tsx';
import { Certificate } from '../../parts/certificate.tsx';
import { Copy } from '../../parts/copy.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { addressOf } from '../../routes.ts';
import { ready, type Source } from '../../state/model.ts';
import { answer, currentInput, type MadeProof, proofState } from '../../state/proof.ts';
import { TEXT } from '../../text.ts';

/** typed arrays as lists, so that the command line reads what the page proved */
const inputJson = (made: MadeProof): string =>
  JSON.stringify(made.input, (_key, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value));

function Files({ made, source }: { made: MadeProof; source: Source }) {
  const { name } = made.model;
  const files = {
    proof: fileName(name, '.proof'),
    record: fileName(name, '.record'),
    input: fileName(name, '.input.json'),
    zkb: fileName(name, '.zkb'),
  };
  const lines = commandLines({
    ...files,
    onnx: source.origin === 'zkb' ? undefined : source.fileName,
    samples: fileName(name, '.samples.json'),
    zkb: source.origin === 'zkb' ? source.fileName : files.zkb,
    name,
    labels: made.model.labels,
    acceptError: source.acceptError,
    profile: made.verdict.profile,
  });
  const part = sharePart(made);
  const link = (): string => `${location.href.replace(/#.*$/s, '')}${addressOf('verify')}/${part}`;
  const samples = (): string =>
    JSON.stringify(source.samples, (_key, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value));
  return (
    <>
      <div class="row actions">
        <button type="button" class="main" onClick={() => save(files.proof, made.proof)}>
          {TEXT.certificate.saveProof}
        </button>
        <button type="button" class="quiet" onClick={() => save(files.record, made.record)}>
          {TEXT.certificate.saveRecord}
        </button>
        {part === undefined ? <span class="small">{TEXT.certificate.shareLong}</span> : <Copy text={link} label={TEXT.certificate.share} />}
      </div>
      <details class="commands">
        <summary>{TEXT.certificate.commands}</summary>
        <pre>
          <code>{lines.join('\n')}</code>
        </pre>
        <div class="row">
          <Copy text={() => lines.join('\n')} label={TEXT.certificate.copyCommands} />
          <button type="button" class="quiet" onClick={() => save(files.input, inputJson(made))}>
            {TEXT.certificate.saveInput}
          </button>
          <button type="button" class="quiet" onClick={async () => save(files.zkb, await maker.ask('file', { key: made.model.key }))}>
            {TEXT.certificate.saveModel}
          </button>
          {source.samples.length > 0 && (
            <button type="button" class="quiet" onClick={() => save(fileName(name, '.samples.json'), samples())}>
              {TEXT.certificate.saveSamples}
            </button>
          )}
        </div>
      </details>
    </>
  );
}

export function Sheet() {
  const model = ready.value;
  const state = proofState.value;
  const given = currentInput.value;
  const made = state.kind === 'made' && (!given || given.tensors === state.made.input) ? state.made : undefined;
  if (made && model) {
    return (
      <Accepted {...made} names={made.model.labels}>
        <p class="cert-note">{TEXT.certificate.says}</p>
        <Files made={made} source={model.source} />
      </Accepted>
    );
  }
  const said = answer.value;
  const ran = said.kind === 'ran' && given ? said.ran : undefined;
  return (
    <Certificate
      state={state.kind === 'proving' ? 'proving' : 'draft'}
      model={model?.card.name}
      inputs={ran?.inputs}
      outputs={ran?.outputs}
      labels={ran?.labels}
      names={model?.card.labels}
    >
      {said.kind === 'failed' && <ErrorNote error={said.error} />}
      {ran && <p class="cert-note">{TEXT.prove.answer.claim}</p>}
      {model && !given && <p class="cert-note">{TEXT.prove.answer.none}</p>}
    </Certificate>
  );
}
