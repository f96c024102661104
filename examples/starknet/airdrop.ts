// The airdrop on a devnet, from a shell: `root` prints the root for an airdrop to one account, `claim` funds the airdrop, proves the activity and claims, in
// one transaction, as a page would. Settings are those of the command line: ZKVM_RPC, ZKVM_ACCOUNT, ZKVM_PRIVATE_KEY, ZKVM_CONTRACT. Source: claim.ts.
// Caveat: sponsor and claimant are the same account here, and what is paid is STRK; a real sponsor makes a tree of many leaves.
import { readFile } from 'node:fs/promises';
import { hash } from 'starknet';
import { connect, inputFelts, invoke, view } from '../../contracts/client/starknet.ts'; // 'zkvm/starknet' in a project of yours
import { createProver, Model, type ModelTensors } from '../../index.ts'; // 'zkvm' in a project of yours
import { claim, proofsOf } from './claim.ts';

const [step, modelFile = '', activityFile = '', airdropAddress = '0'] = process.argv.slice(2);
const setting = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name}`);
  return value;
};
/** the token of fees, at the same address on every network */
const STRK = 0x04718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938dn;
/** 'zkvm activity': the first felt of every leaf (contracts/cairo/consumers/airdrop.cairo) */
const TAG = 0x7a6b766d206163746976697479n;

const model = Model.load(await readFile(modelFile));
const activity = JSON.parse(await readFile(activityFile, 'utf8')) as ModelTensors;

if (step === 'root') {
  const leaf = [TAG, BigInt(setting('ZKVM_ACCOUNT')), ...(await inputFelts(model, activity))];
  console.log(hash.computePoseidonHashOnElements(leaf));
} else {
  const chain = await connect(setting('ZKVM_RPC'), { address: setting('ZKVM_ACCOUNT'), key: setting('ZKVM_PRIVATE_KEY') });
  const place = { node: chain, wallet: chain.account, registry: BigInt(setting('ZKVM_CONTRACT')), airdrop: BigInt(airdropAddress) };
  const balance = async (): Promise<bigint> =>
    (await view(chain, { contract: STRK, entrypoint: 'balance_of', calldata: [place.airdrop] }))[0]!;
  await invoke(chain, [{ contract: STRK, entrypoint: 'transfer', calldata: [place.airdrop, 10n ** 18n, 0n] }]);
  const funded = await balance();
  await using prover = await createProver();
  const receipt = await claim(place, prover, model, activity);
  const [fact] = await proofsOf(place, BigInt(`0x${await model.id('chain')}`));
  console.log(
    JSON.stringify({
      paidFri: `${funded - (await balance())}`,
      transaction: receipt?.transactionHash,
      l2Gas: receipt?.l2Gas,
      statement: `0x${fact?.statement.toString(16)}`,
      provedIn: fact?.transactionHash,
    }),
  );
}
