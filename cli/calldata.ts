// `zkvm calldata`: a proof as the felts of a `verify` call, or in shards as the calls of a session, after it was verified. Source:
// contracts/client/calldata.ts, session.ts.

import { flatCalldata, verifyCall } from '../contracts/client/calldata.ts';
import { invocationsOf, sessionOf } from '../contracts/client/session.ts';
import { PROFILES } from '../fri/pcs/profile.ts';
import { decodeProofFile } from '../vm/files/proof.ts';
import { decodeProgram } from '../vm/files/zkb.ts';
import { loadModel, type VerifiableModel } from '../vm/statement/model.ts';
import { withBackend } from './backend.ts';
import { hexFelt } from './chain.ts';
import type { Command } from './commands.ts';
import { readArtifact } from './io/artifacts.ts';
import { requireWritable, writeOutput } from './io/files.ts';
import { readProof } from './proof-files.ts';
import { auditOptions, warningLines } from './undetermined.ts';

interface Said {
  said: string;
  data: unknown;
}

/** the felts of the one call */
function callOf(model: VerifiableModel, proof: Uint8Array): Said {
  const { call } = verifyCall(model, proof);
  const data = flatCalldata(call).map(hexFelt);
  return { data, said: `${data.length} felts: proof ${call.proof.length}, inputs ${call.inputs.length}, outputs ${call.outputs.length}` };
}

/** a session's calls in their order, each a transaction */
function callsOf(model: VerifiableModel, proof: Uint8Array): Said {
  const { calls } = sessionOf(model, proof);
  const data = invocationsOf(calls).map(({ step, entrypoint, calldata }) => ({ step, entrypoint, calldata: calldata.map(hexFelt) }));
  return {
    data: { session: hexFelt(calls.session), calls: data },
    said: `${data.length} transactions: ${data.map(({ step, calldata }) => `${step} ${calldata.length} felts`).join(', ')}`,
  };
}

export const run: Command<'calldata'> = async (args, terminal) => {
  const target = args.options.output;
  if (target !== undefined) requireWritable(target, [args.file]);
  const proof = readProof([args.file]);
  const program = decodeProgram(readArtifact(args.options.model, 'model'), true);
  const model = await withBackend('auto', ({ backend }) => loadModel(program, PROFILES.chain, backend, auditOptions(args)));
  const { said, data } = decodeProofFile(proof).shards.length > 1 ? callsOf(model, proof) : callOf(model, proof);
  if (target === undefined) terminal.json(data);
  else writeOutput(terminal, target, new TextEncoder().encode(`${JSON.stringify(data)}\n`), false);
  for (const line of warningLines(model.audit)) terminal.err(line);
  terminal.say(said);
  return 0;
};
