// `zkvm calldata`: a proof as the felts of a `verify` call, after it was verified. Source: contracts/client/calldata.ts.

import { flatCalldata, verifyCall } from '../contracts/client/calldata.ts';
import { PROFILES } from '../fri/pcs/profile.ts';
import { decodeProgram } from '../vm/files/zkb.ts';
import { loadModel } from '../vm/statement/model.ts';
import { withBackend } from './backend.ts';
import { hexFelt } from './chain.ts';
import type { Command } from './commands.ts';
import { readArtifact, requireKind } from './io/artifacts.ts';
import { readBytes, requireWritable, writeOutput } from './io/files.ts';
import { auditOptions, warningLines } from './undetermined.ts';

export const run: Command<'calldata'> = async (args, terminal) => {
  const target = args.options.output;
  if (target !== undefined) requireWritable(target, [args.file]);
  const proof = readBytes(args.file);
  requireKind(proof, args.file, ['proof'], 'rejected');
  const program = decodeProgram(readArtifact(args.options.model, 'model'), true);
  const model = await withBackend('auto', ({ backend }) => loadModel(program, PROFILES.chain, backend, auditOptions(args)));
  const { call } = verifyCall(model, proof);
  const felts = flatCalldata(call).map(hexFelt);
  const text = `${JSON.stringify(felts)}\n`;
  if (target === undefined) terminal.json(felts);
  else writeOutput(terminal, target, new TextEncoder().encode(text), false);
  for (const line of warningLines(model.audit)) terminal.err(line);
  terminal.say(`${felts.length} felts: proof ${call.proof.length}, inputs ${call.inputs.length}, outputs ${call.outputs.length}`);
  return 0;
};
