// `zkvm verify --chain`: one transaction in which the deployed contract verifies a proof and stores its statement as a fact.
// Source: DESIGN §10. Caveat: the proof is verified here first, so that nobody pays for one that the contract would refuse.

import { flatCalldata, verifyCall } from '../contracts/client/calldata.ts';
import { digestToFelt } from '../fri/core/digest.ts';
import { PROFILES } from '../fri/pcs/profile.ts';
import { decodeProgram } from '../vm/files/zkb.ts';
import { requireDetermined } from '../vm/program/audit.ts';
import { loadModel } from '../vm/statement/model.ts';
import { withBackend } from './backend.ts';
import { contractOf, hexFelt, openChain } from './chain.ts';
import type { Arguments } from './commands.ts';
import { readArtifact, requireKind } from './io/artifacts.ts';
import { readBytes } from './io/files.ts';
import { outputLines } from './io/outputs.ts';
import { formatCount, type Terminal } from './io/terminal.ts';
import { auditJson, auditOptions, warningLines } from './undetermined.ts';

/** @returns the exit code */
export async function verifyOnChain(args: Arguments<'verify'>, terminal: Terminal): Promise<number> {
  const contract = contractOf(args);
  const proof = readBytes(args.file);
  requireKind(proof, args.file, ['proof'], 'rejected');
  const program = decodeProgram(readArtifact(args.options.model, 'model'));
  const options = auditOptions(args);
  requireDetermined(program, options);
  const chain = await openChain(args);
  const model = await withBackend('auto', ({ backend }) => loadModel(program, PROFILES.chain, backend, options));
  const { call, verdict } = verifyCall(model, proof);
  const calldata = flatCalldata(call);
  const { invoke } = await import('../contracts/client/chain.ts');
  const { l2Gas, transactionHash } = await invoke(chain, [{ contract, entrypoint: 'verify', calldata }]);
  const statement = hexFelt(digestToFelt(verdict.statementHash));
  if (args.options.json)
    terminal.json({
      accepted: true,
      ...auditJson(model.audit),
      statement,
      transaction: transactionHash,
      l2Gas,
      calldataFelts: calldata.length,
    });
  else
    terminal.out([
      ...warningLines(model.audit),
      `accepted by contract ${hexFelt(contract)}`,
      ...outputLines(program, verdict.outputs),
      `statement    ${statement} is a fact now`,
      `transaction  ${transactionHash}`,
      `cost         ${formatCount(l2Gas)} L2 gas, ${formatCount(calldata.length)} felts of calldata`,
    ]);
  return 0;
}
