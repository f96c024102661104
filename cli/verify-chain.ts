// `zkvm verify --chain`: one transaction in which the deployed contract verifies a proof and stores its statement as a fact.
// Source: DESIGN §10. Caveat: the proof is verified here first, so that nobody pays for one that the contract would refuse.

import { flatCalldata, verifyCall } from '../contracts/client/calldata.ts';
import { digestToFelt } from '../fri/core/digest.ts';
import { rejected } from '../fri/core/errors.ts';
import { PROFILES } from '../fri/pcs/profile.ts';
import { contractOf, hexFelt, openChain } from './chain.ts';
import type { Arguments } from './commands.ts';
import { expectationOf } from './expected.ts';
import { requireKind } from './io/artifacts.ts';
import { readBytes } from './io/files.ts';
import { outputLines } from './io/outputs.ts';
import { formatCount, type Terminal } from './io/terminal.ts';
import { tablesText } from './saturated.ts';
import { auditJson, warningLines } from './undetermined.ts';
import { openVerifiable } from './verifiable.ts';

/** @returns the exit code */
export async function verifyOnChain(args: Arguments<'verify'>, terminal: Terminal): Promise<number> {
  const contract = contractOf(args);
  const acceptable = args.options.profile;
  if (acceptable.length > 0 && !acceptable.includes('chain'))
    throw rejected('ZK0354', 'the contract takes proofs of profile chain only', '--chain', `acceptable: ${acceptable.join(', ')}`);
  const proof = readBytes(args.file);
  requireKind(proof, args.file, ['proof'], 'rejected');
  const { program, load } = openVerifiable(args);
  const expectation = expectationOf(args, program);
  const chain = await openChain(args);
  const model = await load(PROFILES.chain);
  const { call, verdict } = verifyCall(model, proof, expectation);
  const calldata = flatCalldata(call);
  const { invoke } = await import('../contracts/client/chain.ts');
  const { l2Gas, transactionHash } = await invoke(chain, [{ contract, entrypoint: 'verify', calldata }]);
  const statement = hexFelt(digestToFelt(verdict.statementHash));
  if (args.options.json)
    terminal.json({
      accepted: true,
      ...auditJson(model.audit),
      statement,
      tables: model.tables,
      transaction: transactionHash,
      l2Gas,
      calldataFelts: calldata.length,
    });
  else
    terminal.out([
      ...warningLines(model.audit),
      `accepted by contract ${hexFelt(contract)}`,
      ...outputLines(program, verdict.outputs),
      `tables       ${tablesText(model.tables)}`,
      `statement    ${statement} is a fact now`,
      `transaction  ${transactionHash}`,
      `cost         ${formatCount(l2Gas)} L2 gas, ${formatCount(calldata.length)} felts of calldata`,
    ]);
  return 0;
}
