// `zkvm verify`: holds a proof against a model and says what it proves. Source: AIR.md §9; the checks are in vm/verify.ts.
// Caveat: from a .zkb the model's root is computed every time, which takes longer than the proof's own checks; from a record only its id is.

import { digestToHex } from '../fri/core/digest.ts';
import { type Profile, profileNamed } from '../fri/pcs/profile.ts';
import { securityText } from '../fri/pcs/security.ts';
import { predictions, realTensors } from '../vm/library/outputs.ts';
import type { Audit } from '../vm/program/audit.ts';
import type { VerifiableModel } from '../vm/statement/model.ts';
import { openProof, type Verdict, verifyOpened } from '../vm/verify.ts';
import type { Command } from './commands.ts';
import { expectationOf } from './expected.ts';
import { contextText } from './io/context.ts';
import { outputLines } from './io/outputs.ts';
import { formatMs } from './io/terminal.ts';
import { readProof } from './proof-files.ts';
import { claimJson, claimLines } from './report/claimed.ts';
import { rootLines, rootsJson } from './report/roots.ts';
import { tablesText } from './saturated.ts';
import { auditJson, warningLines } from './undetermined.ts';
import { openVerifiable } from './verifiable.ts';

/** what `verify` accepts when nobody names a profile: all but `test`, which proves nothing; the verdict says which one it was */
const DEFAULT_PROFILES = ['proven', 'fast', 'chain'];

function verdictJson(
  program: VerifiableModel['program'],
  verdict: Verdict,
  audit: Audit,
  timings: Record<string, number>,
): Record<string, unknown> {
  const { security, outputs } = verdict;
  return {
    accepted: true,
    ...auditJson(audit),
    model: program.metadata.name,
    modelId: digestToHex(verdict.modelId),
    statementHash: digestToHex(verdict.statementHash),
    inputsHash: digestToHex(verdict.inputsHash),
    ...rootsJson(verdict.roots),
    context: contextText(verdict.context),
    profile: verdict.profile.name,
    security,
    outputs: realTensors(program, 'output', outputs),
    labels: predictions(program, outputs) ?? null,
    timings,
  };
}

export const run: Command<'verify'> = async (args, terminal) => {
  if (args.options.chain) return (await import('./verify-chain.ts')).verifyOnChain(args, terminal);
  const names = args.options.profile;
  const acceptable: Profile[] = (names.length ? names : DEFAULT_PROFILES).map(profileNamed);
  const { program, report, load } = openVerifiable(args);
  const opened = openProof(readProof([args.file, ...args.options.part]), acceptable, args.file);
  const expectation = await expectationOf(args, program, opened.profile);
  const started = performance.now();
  const model = await load(opened.profile);
  const loaded = performance.now();
  const verdict = verifyOpened(model, opened, expectation);
  const timings = { modelMs: loaded - started, verifyMs: performance.now() - loaded };

  if (args.options.json) {
    terminal.json({ ...verdictJson(program, verdict, model.audit, timings), tables: model.tables, ...claimJson(report) });
    return 0;
  }
  const lines = [
    ...warningLines(model.audit),
    `accepted: model "${program.metadata.name}" gave these outputs`,
    ...outputLines(program, verdict.outputs),
    ...claimLines(report),
    `model id        ${digestToHex(verdict.modelId)}`,
    `tables          ${tablesText(model.tables)}`,
    ...rootLines(verdict.roots),
    `inputs' hash    ${digestToHex(verdict.inputsHash)}`,
    `statement hash  ${digestToHex(verdict.statementHash)}`,
    ...(verdict.context.length ? [`context         ${contextText(verdict.context)}`] : []),
    `profile         ${verdict.profile.name}, ${securityText(verdict.security)}`,
    `time            model ${formatMs(timings.modelMs)}, proof ${formatMs(timings.verifyMs)}`,
  ];
  terminal.out(lines);
  return 0;
};
