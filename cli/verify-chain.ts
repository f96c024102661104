// `zkvm verify --chain`: the deployed contract verifies a proof and stores its statement as a fact; a proof of one shard in one transaction, one of
// several in a session of as many and two more, of which those are sent that the chain does not have yet. Source: DESIGN §10.
// Caveat: the proof is verified here first, so that nobody pays for one that the contract would refuse.

import { flatCalldata, verifyCall } from '../contracts/client/calldata.ts';
import type { Chain, Receipt } from '../contracts/client/chain.ts';
import { strkText } from '../contracts/client/fees.ts';
import { sessionOf } from '../contracts/client/session.ts';
import { digestToFelt } from '../fri/core/digest.ts';
import { rejected } from '../fri/core/errors.ts';
import { PROFILES } from '../fri/pcs/profile.ts';
import { decodeProofFile } from '../vm/files/proof.ts';
import type { VerifiableModel } from '../vm/statement/model.ts';
import type { Expectation, Verdict } from '../vm/verify.ts';
import { contractOf, hexFelt, openChain, trustedContract } from './chain.ts';
import type { Arguments } from './commands.ts';
import { expectationOf } from './expected.ts';
import { outputLines } from './io/outputs.ts';
import { formatCount, type Terminal } from './io/terminal.ts';
import { readProof } from './proof-files.ts';
import { tablesText } from './saturated.ts';
import { auditJson, warningLines } from './undetermined.ts';
import { openVerifiable } from './verifiable.ts';

/** A transaction that was sent. */
interface Sent {
  step: string;
  transaction: string;
  block: number | null;
  l2Gas: number;
  feeFri: bigint;
  calldataFelts: number;
}

const sentOf = (step: string, calldataFelts: number, { transactionHash, blockNumber, l2Gas, feeFri }: Receipt): Sent => ({
  step,
  transaction: transactionHash,
  block: blockNumber ?? null,
  l2Gas,
  feeFri,
  calldataFelts,
});

/** what was sent, and to say of it as a whole; nothing is sent where a session's statement is a fact already */
interface Verified {
  verdict: Verdict;
  session?: bigint;
  sent: Sent[];
}

type Request = { chain: Chain; contract: bigint; model: VerifiableModel; proof: Uint8Array; expectation: Expectation };

async function inOneTransaction({ chain, contract, model, proof, expectation }: Request, terminal: Terminal): Promise<Verified> {
  const { call, verdict } = verifyCall(model, proof, expectation);
  const calldata = flatCalldata(call);
  const { invoke } = await import('../contracts/client/chain.ts');
  const { requireFact } = await import('../contracts/client/facts.ts');
  const receipt = await invoke(chain, [{ contract, entrypoint: 'verify', calldata }], undefined, (hash) =>
    terminal.say(`sent transaction ${hash}`),
  );
  await requireFact(chain, contract, digestToFelt(verdict.statementHash), receipt.transactionHash);
  return { verdict, sent: [sentOf('verify', calldata.length, receipt)] };
}

type Cost = Pick<Sent, 'l2Gas' | 'feeFri' | 'calldataFelts'>;

const costText = ({ l2Gas, feeFri, calldataFelts }: Cost): string =>
  `${formatCount(l2Gas)} L2 gas, ${strkText(feeFri)}, ${formatCount(calldataFelts)} felts of calldata`;

async function inSession({ chain, contract, model, proof, expectation }: Request, terminal: Terminal): Promise<Verified> {
  const { calls, verdict } = sessionOf(model, proof, expectation);
  const { verifySession } = await import('../contracts/client/session.ts');
  const sent: Sent[] = [];
  await verifySession(chain, contract, calls, ({ step, calldataFelts, receipt }) => {
    sent.push(sentOf(step, calldataFelts, receipt));
    terminal.say(`${step}: ${receipt.transactionHash}, ${costText(sent.at(-1)!)}`);
  });
  return { verdict, session: calls.session, sent };
}

const totalOf = (sent: readonly Sent[]): Cost => ({
  feeFri: sent.reduce((sum, { feeFri }) => sum + feeFri, 0n),
  l2Gas: sent.reduce((sum, { l2Gas }) => sum + l2Gas, 0),
  calldataFelts: sent.reduce((sum, { calldataFelts }) => sum + calldataFelts, 0),
});

/** @returns the exit code */
export async function verifyOnChain(args: Arguments<'verify'>, terminal: Terminal): Promise<number> {
  contractOf(args);
  const acceptable = args.options.profile;
  if (acceptable.length > 0 && !acceptable.includes('chain'))
    throw rejected('ZK0354', 'the contract takes proofs of profile chain only', '--chain', `acceptable: ${acceptable.join(', ')}`);
  const proof = readProof([args.file, ...args.options.part]);
  const { program, load } = openVerifiable(args);
  const expectation = await expectationOf(args, program, PROFILES.chain);
  const chain = await openChain(args);
  const contract = await trustedContract(chain, args);
  const model = await load(PROFILES.chain);
  const request = { chain, contract, model, proof, expectation };
  const inShards = decodeProofFile(proof).shards.length > 1;
  const { verdict, session, sent } = inShards ? await inSession(request, terminal) : await inOneTransaction(request, terminal);
  const statement = hexFelt(digestToFelt(verdict.statementHash));
  const total = totalOf(sent);
  const block = sent.at(-1)?.block ?? null;
  const withFee = <T extends Cost>({ feeFri, ...rest }: T) => ({ ...rest, feeFri: `${feeFri}` });
  if (args.options.json)
    terminal.json({
      accepted: true,
      ...auditJson(model.audit),
      fact: true,
      statement,
      block,
      tables: model.tables,
      ...(session === undefined ? { transaction: sent[0]!.transaction } : { session: hexFelt(session), transactions: sent.map(withFee) }),
      ...withFee(total),
    });
  else
    terminal.out([
      ...warningLines(model.audit),
      `accepted by contract ${hexFelt(contract)}`,
      ...outputLines(program, verdict.outputs),
      `tables       ${tablesText(model.tables)}`,
      `statement    ${statement} is a fact now`,
      ...(session === undefined
        ? [`transaction  ${sent[0]!.transaction}`]
        : [
            `session      ${hexFelt(session)}`,
            ...sent.map((each) => `${each.step.padEnd(11)}  ${each.transaction}, ${costText(each)}`),
            ...(sent.length ? [] : ['transactions none: it was a fact before']),
          ]),
      ...(block === null ? [] : [`block        ${formatCount(block)}`]),
      ...(sent.length ? [`cost         ${costText(total)}`] : []),
    ]);
  return 0;
}
