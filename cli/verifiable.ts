// The model that `verify` holds a proof against: a .zkb, whose weights are committed again, or a record, which has their root. Source: README.
// Caveat: a record from somebody else is his word that the root belongs to a sound program; its ids are computed from it either way.
import { usage } from '../fri/core/errors.ts';
import type { Profile } from '../fri/pcs/profile.ts';
import { decodeZkb } from '../vm/files/zkb.ts';
import { requireDetermined } from '../vm/program/audit.ts';
import { loadModel, type VerifiableModel } from '../vm/statement/model.ts';
import { decodeRecord, recordedModel } from '../vm/statement/record-file.ts';
import { withBackend } from './backend.ts';
import type { Arguments } from './commands.ts';
import { readArtifact } from './io/artifacts.ts';
import { auditOptions } from './undetermined.ts';

export interface Verifiable extends Pick<VerifiableModel, 'program'> {
  /** the compile report in the file */
  report: Uint8Array;
  /** commits to the weights, or computes the id of the record. @throws as `loadModel` and `recordedModel` */
  load(profile: Profile): Promise<VerifiableModel>;
}

/** @throws ZK0821 unless exactly one is given, ZK03xx for a file that is none */
export function openVerifiable(args: Arguments<'verify'>): Verifiable {
  const { model, record } = args.options;
  if ((model === undefined) === (record === undefined))
    throw usage('ZK0821', {
      what: model === undefined ? 'a proof is verified against a model' : '--model and --record are both given',
      fix: 'give one: --model model.zkb, or --record model.record (see zkvm verify --help)',
    });
  if (record !== undefined) {
    const file = decodeRecord(readArtifact(record, 'record'));
    const program = { inputs: [...file.inputs], outputs: [...file.outputs], metadata: file.metadata };
    return { program, report: file.report, load: async (profile) => recordedModel(file, profile) };
  }
  const { program, report } = decodeZkb(readArtifact(model!, 'model'), true);
  const options = auditOptions(args);
  requireDetermined(program, options);
  return { program, report, load: (profile) => withBackend('auto', ({ backend }) => loadModel(program, profile, backend, options)) };
}
