// `zkvm record`: what a verifier needs of a model, without its weights. Source: vm/statement/record-file.ts. Caveat: the record is as good as who made
// it: the root is computed here from the .zkb, and whoever gets a record from somebody else compares its id with one that he computed himself.
import { digestToHex } from '../fri/core/digest.ts';
import { PROFILES, profileNamed } from '../fri/pcs/profile.ts';
import { decodeZkb } from '../vm/files/zkb.ts';
import { makeRecord } from '../vm/statement/make-record.ts';
import { loadModel } from '../vm/statement/model.ts';
import { encodeRecord, profilesOf, recordedModel } from '../vm/statement/record-file.ts';
import { withBackend } from './backend.ts';
import type { Command } from './commands.ts';
import { readArtifact } from './io/artifacts.ts';
import { requireWritable, writeOutput } from './io/files.ts';
import { sayNext } from './io/next.ts';
import { formatCount } from './io/terminal.ts';

export const run: Command<'record'> = async (args, terminal) => {
  const target = args.options.output;
  requireWritable(target, [args.file]);
  const { program, report } = decodeZkb(readArtifact(args.file, 'model'), true);
  const names = args.options.profile;
  const file = await withBackend('auto', ({ backend }) =>
    makeRecord(program, report, (profile) => loadModel(program, profile, backend), names.length ? names.map(profileNamed) : undefined),
  );
  const bytes = encodeRecord(file);
  const toStdout = writeOutput(terminal, target, bytes, args.options.json);
  const ids = profilesOf(file)
    .filter(({ id }) => id !== PROFILES.test.id)
    .map((profile) => ({ profile: profile.name, modelId: digestToHex(recordedModel(file, profile).id) }));
  if (args.options.json) terminal.json({ recordBytes: bytes.length, ids });
  else if (!toStdout)
    terminal.out([
      `record    ${formatCount(bytes.length)} bytes of model "${program.metadata.name}"`,
      ...ids.map(({ profile, modelId }) => `model id  ${modelId} (${profile})`),
    ]);
  sayNext(terminal, args.options.json, 'verify', 'proof.bin', '--record', target);
  return 0;
};
