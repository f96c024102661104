// `zkvm verify`: holds a proof against a model and says what it proves. Source: AIR.md §9; the checks are in vm/verify.ts.
// Caveat: the model's root is recomputed from the .zkb every time, which takes longer than the proof's own checks.

import { digestToHex } from '../fri/core/digest.ts';
import { rejected, retold, ZkvmError } from '../fri/core/errors.ts';
import { type Profile, profileNamed } from '../fri/pcs/profile.ts';
import { securityText } from '../fri/pcs/security.ts';
import { decodeProofFile } from '../vm/files/proof.ts';
import { decodeZkb } from '../vm/files/zkb.ts';
import type { Audit } from '../vm/program/audit.ts';
import { encodingOf, stepOf } from '../vm/program/encoding.ts';
import type { IntegerTensors, Metadata, Program, Region } from '../vm/program/types.ts';
import { loadModel } from '../vm/statement/model.ts';
import { type Verdict, verifyProof } from '../vm/verify.ts';
import { withBackend } from './backend.ts';
import type { Command } from './commands.ts';
import { readArtifact, requireKind } from './io/artifacts.ts';
import { contextText, parseContext } from './io/context.ts';
import { readBytes } from './io/files.ts';
import { integersOf, toReals } from './io/integers.ts';
import { outputLines, predictions, realTensors } from './io/outputs.ts';
import { readInputs, readTensors, type TensorFile } from './io/tensors.ts';
import { formatMs } from './io/terminal.ts';
import { claimJson, claimLines } from './report/claimed.ts';
import { tablesText } from './saturated.ts';
import { auditJson, auditOptions, warningLines } from './undetermined.ts';

/** what `verify` accepts when nobody names a profile: all but `test`, which proves nothing; the verdict says which one it was */
const DEFAULT_PROFILES = ['proven', 'fast', 'chain'];

/** largest distance of an expected output from a value the model can give, in steps of its scale */
const OUTPUT_TOLERANCE = 0.01;

/** Expected tensors as integers. One that the model cannot take or give is a reason to reject, not a fault of the command line. */
function expected(file: TensorFile, { inputs, outputs, metadata }: Program, kind: 'input' | 'output'): IntegerTensors {
  try {
    const integers = integersOf(file, kind === 'input' ? inputs : outputs, kind, metadata);
    if (kind === 'output') requireExact(file, outputs, metadata, integers);
    return integers;
  } catch (error) {
    if (error instanceof ZkvmError && error.code === 'ZK0811') throw retold('rejected', error);
    throw error;
  }
}

function requireExact(file: TensorFile, regions: readonly Region[], metadata: Metadata, integers: IntegerTensors): void {
  for (const [i, region] of regions.entries()) {
    const given = (file.ordered?.[i] ?? file.named?.get(region.name))!.data;
    const reals = toReals(region, integers[region.name]!, 'output', metadata);
    const step = stepOf(region, encodingOf(metadata, 'output', region.name));
    const far = reals.findIndex((real, e) => Math.abs(real - given[e]!) > OUTPUT_TOLERANCE * step(e));
    if (far >= 0)
      throw rejected(
        'ZK0353',
        `output "${region.name}" is not one that this model gives`,
        `element ${far} = ${given[far]}`,
        `the nearest value of the model is ${reals[far]}`,
      );
  }
}

function verdictJson(program: Program, verdict: Verdict, audit: Audit, timings: Record<string, number>): Record<string, unknown> {
  const { security, outputs } = verdict;
  return {
    accepted: true,
    ...auditJson(audit),
    model: program.metadata.name,
    modelId: digestToHex(verdict.modelId),
    statementHash: digestToHex(verdict.statementHash),
    inputsHash: digestToHex(verdict.inputsHash),
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
  const context = args.options.context;
  const { program, report } = decodeZkb(readArtifact(args.options.model, 'model'));
  const proof = readBytes(args.file);
  requireKind(proof, args.file, ['proof'], 'rejected');
  const input = args.options.input;
  const output = args.options.output;

  const profileId = decodeProofFile(proof).profileId;
  const profile = acceptable.find(({ id }) => id === profileId);
  if (!profile)
    throw rejected(
      'ZK0354',
      `the proof's profile (${profileId}) is not acceptable`,
      args.file,
      `acceptable: ${acceptable.map(({ name }) => name).join(', ')}`,
    );
  const expectation = {
    ...(input.length > 0 && { inputs: expected(readInputs(input), program, 'input') }),
    ...(output !== undefined && { outputs: expected(readTensors(output), program, 'output') }),
    ...(context !== undefined && { context: parseContext(context) }),
  };
  const started = performance.now();
  const model = await withBackend('auto', ({ backend }) => loadModel(program, profile, backend, auditOptions(args)));
  const loaded = performance.now();
  const verdict = verifyProof(model, proof, acceptable, expectation);
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
    `inputs' hash    ${digestToHex(verdict.inputsHash)}`,
    `statement hash  ${digestToHex(verdict.statementHash)}`,
    ...(verdict.context.length ? [`context         ${contextText(verdict.context)}`] : []),
    `profile         ${verdict.profile.name}, ${securityText(verdict.security)}`,
    `time            model ${formatMs(timings.modelMs)}, proof ${formatMs(timings.verifyMs)}`,
  ];
  terminal.out(lines);
  return 0;
};
