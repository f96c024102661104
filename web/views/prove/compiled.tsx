// What compiling a model gave: how near its integers are to the floats, and what a proof of it will cost. Source: `reportOf` and `estimate` of the
// library. Caveat: of a file that was compiled elsewhere the report is a claim; times are medians on this machine as it is right now.
import { detailOf } from '../../engine/failure.ts';
import type { ModelCard } from '../../engine/questions.ts';
import { bitsOf } from '../../parts/certificate.tsx';
import { estimated, profile, type Source } from '../../state/model.ts';
import { prover } from '../../state/proof.ts';
import { TEXT } from '../../text.ts';
import { bytes, cells } from '../../units.ts';

function Accuracy({ card, source }: { card: ModelCard; source: Source }) {
  const { stored } = card;
  const worst = stored?.report.outputs.reduce((most, output) => (output.relativeError > most.relativeError ? output : most));
  const labelled = stored?.report.outputs.find(({ labels }) => labels > 0);
  const missed = stored && stored.report.accuracy.error > stored.report.accuracy.target ? stored.report.accuracy : undefined;
  return (
    <p>
      {source.origin === 'zkb' ? TEXT.prove.loaded : TEXT.prove.compiled}{' '}
      {source.origin !== 'zkb' && <span data-measured>{TEXT.prove.compiledIn(card.ms)}</span>}{' '}
      {stored && worst && (
        <>
          {TEXT.prove.accuracy(worst.relativeError, stored.samples)}
          {labelled ? TEXT.prove.sameLabels(labelled.sameArgmax) : TEXT.prove.noLabels}
        </>
      )}
      {card.strict && ` ${TEXT.prove.strict}`}
      {missed && <strong class="warn"> {TEXT.prove.inaccurate(missed.error, missed.target)}</strong>}
      {source.drawn && <span class="warn"> {TEXT.prove.wanting.caveat}</span>}
    </p>
  );
}

export function Figures({ card }: { card: ModelCard }) {
  const known = estimated.value?.key === card.key && estimated.value.profile === profile.value ? estimated.value.estimate : undefined;
  const backend = prover.value?.backend;
  const device = known?.devices.filter((each) => each.device === backend).sort((a, b) => b.threads - a.threads)[0];
  const { figures } = TEXT.prove;
  const security = known && bitsOf(known.profile, known.security);
  const rows: readonly (readonly [term: string, value: string | undefined, measured?: true])[] = [
    [figures.cells, known && cells(known.cells)],
    [figures.time, known && (device?.proveMs === undefined ? figures.unknown : figures.time_(device.proveMs)), true],
    [figures.size, known && bytes(known.proofBytes)],
    [figures.memory, known && (device ? bytes(device.peakBytes) : figures.unknown), true],
    [figures.security, security && figures.bits(security.value, security.proven)],
  ];
  return (
    <>
      <dl class="figures" aria-label={figures.label}>
        {rows.map(([term, value, measured]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd data-measured={measured}>{value ?? <span class="pending">{figures.pending}</span>}</dd>
          </div>
        ))}
      </dl>
      {known?.refused && <p class="warn">{detailOf(known.refused).what}</p>}
    </>
  );
}

export function Compiled({ card, source }: { card: ModelCard; source: Source }) {
  return (
    <div class="compiled">
      <Accuracy card={card} source={source} />
      {card.notes.length > 0 && (
        <details>
          <summary>{TEXT.prove.notes}</summary>
          <ul class="notes">
            {card.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
