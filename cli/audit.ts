// `zkvm audit`: whether a compiled model has one answer for every input, decided without an input, and the ids it is about.
// Source: vm/program/audit.ts, where the argument stands. Caveat: one answer is not a good answer: what the model computes, only its maker can say.

import { digestToHex } from '../fri/core/digest.ts';
import { ZkvmError } from '../fri/core/errors.ts';
import { PROFILES, type Profile } from '../fri/pcs/profile.ts';
import { decodeProgram } from '../vm/files/zkb.ts';
import { audit, undeterminedText } from '../vm/program/audit.ts';
import { tableKind } from '../vm/program/exact.ts';
import type { Program } from '../vm/program/types.ts';
import { loadModel } from '../vm/statement/model.ts';
import { contentHash } from '../vm/statement/record.ts';
import { withBackend } from './backend.ts';
import type { Command } from './commands.ts';
import { readArtifact } from './io/artifacts.ts';
import { breathe, formatMs } from './io/terminal.ts';
import { unevenLines, unevenOutputs } from './report/uneven.ts';
import { tablesText } from './saturated.ts';
import { auditJson } from './undetermined.ts';

/** exit code for a model that is not known to have one answer: a verifier rejects it too */
const REJECTED = 3;

/** The id under a profile, or why there is none. @throws what is no fault of the model */
async function idUnder(profile: Profile, program: Program): Promise<{ id: string } | { why: string }> {
  try {
    const model = await withBackend('auto', ({ backend }) => loadModel(program, profile, backend, { allowUndetermined: true }));
    return { id: digestToHex(model.id) };
  } catch (error) {
    if (error instanceof ZkvmError && error.code === 'ZK0346') return { why: error.what };
    throw error;
  }
}

export const run: Command<'audit'> = async (args, terminal) => {
  const bytes = readArtifact(args.file, 'model');
  const program = decodeProgram(bytes);
  await breathe();
  const started = performance.now();
  const verdict = audit(program);
  const auditMs = performance.now() - started;
  const tables = tableKind(program);
  const content = digestToHex(contentHash(bytes));
  const ids = [];
  for (const profile of [PROFILES.proven, PROFILES.fast, PROFILES.chain])
    ids.push({ profile: profile.name, ...(await idUnder(profile, program)) });

  if (args.options.json) {
    const modelIds = Object.fromEntries(ids.map((entry) => [entry.profile, 'id' in entry ? entry.id : null]));
    terminal.json({
      ...auditJson(verdict),
      name: program.metadata.name,
      contentHash: content,
      modelIds,
      tables,
      unevenOutputs: unevenOutputs(program.metadata),
      timings: { auditMs },
    });
  } else
    terminal.out([
      ...(verdict.determined
        ? [`determined: model "${program.metadata.name}" has at most one provable answer for every input`]
        : [
            `NOT DETERMINED: model "${program.metadata.name}" may have several provable answers for one input`,
            `  ${undeterminedText(verdict)}`,
          ]),
      `content hash      ${content}`,
      `tables            ${tablesText(tables)}`,
      ...unevenLines(program.metadata),
      ...ids.map((entry) => `model id (${entry.profile})`.padEnd(18) + ('id' in entry ? entry.id : `none: ${entry.why}`)),
    ]);
  terminal.say(`audited in ${formatMs(auditMs)}`);
  return verdict.determined ? 0 : REJECTED;
};
