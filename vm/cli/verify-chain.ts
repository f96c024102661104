// `zkvm verify --chain`: one transaction in which the deployed contract verifies a proof and stores its statement as a fact.
// Source: DESIGN §10. Caveat: the proof is verified here first, so that nobody pays for one that the contract would refuse.
import { flatCalldata, verifyCall } from '../../contracts/calldata.ts';
import { digestToFelt } from '../../fri/digest.ts';
import { PROFILES } from '../../fri/profile.ts';
import { requireDetermined } from '../audit.ts';
import { loadModel } from '../model.ts';
import { decodeProgram } from '../zkb.ts';
import { withBackend } from './backend.ts';
import { contractOf, hexFelt, openChain } from './chain.ts';
import type { Arguments } from './commands.ts';
import { readBytes } from './files.ts';
import { outputLines } from './outputs.ts';
import { formatCount, type Terminal } from './terminal.ts';
import { auditJson, auditOptions, warningLines } from './undetermined.ts';

/** @returns the exit code */
export async function verifyOnChain(args: Arguments, terminal: Terminal): Promise<number> {
  const contract = contractOf(args);
  const proof = readBytes(args.file);
  const program = decodeProgram(readBytes(args.text('model')!));
  const options = auditOptions(args);
  requireDetermined(program, options);
  const chain = await openChain(args);
  const model = await withBackend('auto', ({ backend }) => loadModel(program, PROFILES.chain, backend, options));
  const { call, verdict } = verifyCall(model, proof);
  const calldata = flatCalldata(call);
  const { invoke } = await import('../../contracts/chain.ts');
  const { l2Gas, transactionHash } = await invoke(chain, [{ contract, entrypoint: 'verify', calldata }]);
  const statement = hexFelt(digestToFelt(verdict.statementHash));
  if (args.flag('json'))
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
