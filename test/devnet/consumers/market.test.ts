// The NFT market: a ranking by what the buyer holds and the attester wrote down. Its robbers hold nothing, come with another's proof or an old one, or sell
// through a token that calls back; a class that does not ask for the holder lets the first one in.
import { beforeAll, expect, test } from 'vitest';
import type { Invocation } from '../../../contracts/client/chain.ts';
import type { Program } from '../../../vm/program/types.ts';
import type { ProvedCall } from '../proofs.ts';
import { CANDIDATES, integers, recommenderModel } from './models.ts';
import * as on from './stage.ts';

const PRICE = 10_000n;
/** 2 % */
const FEE = 200n;
/** two styles, and which NFT has which: three that the buyer holds, four that are for sale */
const WARM = [12, 13, 14, 12, 1, 2, 3, 1];
const COLD = [2, 1, 3, 0, 13, 12, 14, 11];
const HOLDS = [1n, 2n, 3n];
const FOR_SALE = [11n, 12n, 13n, 14n];
const STYLES = new Map([...HOLDS.map((id): [bigint, number[]] => [id, WARM]), [11n, COLD], [12n, COLD], [13n, WARM], [14n, COLD]]);

let stage: on.Stage;
let buyer: on.Person;
let attester: on.Person;
let seller: on.Person;
let program: Program;
let modelId: bigint;
let token: bigint;

beforeAll(async () => {
  stage = await on.stage();
  [buyer, attester, seller] = stage.people;
  program = recommenderModel();
  token = await on.puppet(buyer);
  const any = await proofOf(buyer, 1n, 0n);
  modelId = any.call.modelId;
  await on.send(buyer, on.registering(stage.registry, any));
  for (const { address } of [buyer, attester, seller]) await on.send(buyer, on.call(token, 'mint', address, ...on.u256(10n * PRICE)));
});

const proofOf = (person: on.Person, market: bigint, nonce: bigint): Promise<ProvedCall> =>
  on.proofFor(
    stage,
    person,
    program,
    integers(
      program,
      [...HOLDS, ...FOR_SALE].flatMap((id) => STYLES.get(id)!),
    ),
    market,
    nonce,
  );
/** an embedding as one felt */
const embedding = (data: readonly number[]): bigint => data.reduce((felt, value, i) => felt + (BigInt(value) << BigInt(31 * i)), 0n);
const verifying = (proved: ProvedCall): Invocation => on.verifying(stage.registry, proved);

interface Market {
  address: bigint;
  collection: bigint;
  recommend: (proved: ProvedCall, held?: readonly bigint[], candidates?: readonly bigint[], outputs?: bigint[]) => Invocation;
  buy: (id: bigint, price?: bigint) => Invocation;
}

/** a market with four NFTs for sale */
async function opened(deploy: (...calldata: bigint[]) => Promise<bigint>): Promise<Market> {
  const collection = await on.puppet(buyer, true);
  const address = await deploy(stage.registry, modelId, 0n, 0n, attester.address, collection, token, attester.address, ...on.u256(FEE));
  const mint = (to: on.Person, id: bigint): Invocation => on.call(collection, 'mint', to.address, ...on.u256(id));
  await on.send(buyer, ...[...HOLDS, 4n].map((id) => mint(buyer, id)), ...FOR_SALE.map((id) => mint(seller, id)));
  await on.send(attester, ...[...STYLES].map(([id, style]) => on.call(address, 'attest', id, embedding(style))));
  await on.send(seller, ...FOR_SALE.map((id) => on.call(address, 'list', id, ...on.u256(PRICE))));
  return {
    address,
    collection,
    recommend: (proved, held = HOLDS, candidates = FOR_SALE, outputs = proved.call.outputs) =>
      on.call(address, 'recommend', ...on.list(held), ...on.list(candidates), ...on.list(outputs)),
    buy: (id, price = PRICE) => on.call(address, 'buy', id, ...on.u256(price)),
  };
}

const balances = (): Promise<bigint[]> => Promise.all([buyer, seller, attester].map(({ address }) => on.balance(buyer, token, address)));

test('the NFT that fits the buyer best is his without the fee, once; others pay it', async () => {
  const market = await opened((...calldata) => on.deployed(buyer, 'market', ...calldata));
  const { address, collection, recommend, buy } = market;
  expect(await on.verdict(buyer, on.call(address, 'attest', 4n, 1n))).toBe('ZK0761');
  expect(await on.verdict(attester, on.call(address, 'attest', 1n, embedding(COLD)))).toBe('ZK0766');
  const proved = await proofOf(buyer, address, 0n);
  expect(await on.verdict(buyer, recommend(proved))).toBe('ZK0750');
  await on.send(buyer, verifying(proved));
  // lies, others, what he does not hold, what nobody attested, doubles, what is not for sale
  expect(await on.verdict(buyer, recommend(proved, HOLDS, FOR_SALE, on.lie(proved)))).toBe('ZK0750');
  expect(await on.verdict(attester, recommend(proved))).toBe('ZK0767');
  expect(await on.verdict(buyer, recommend(proved, [1n, 2n, 11n]))).toBe('ZK0767');
  expect(await on.verdict(buyer, recommend(proved, [1n, 2n, 4n]))).toBe('ZK0765');
  expect(await on.verdict(buyer, recommend(proved, [1n, 1n, 1n]))).toBe('ZK0768');
  expect(await on.verdict(buyer, recommend(proved, HOLDS, [1n, 11n, 12n, 13n]))).toBe('ZK0764');
  on.expectGas('market, `recommend`', await on.send(buyer, recommend(proved)));
  const ranking = [...on.scores(proved)];
  expect(ranking).toHaveLength(CANDIDATES);
  const best = FOR_SALE[ranking.indexOf(Math.max(...ranking))]!;
  expect(STYLES.get(best)).toEqual(WARM);

  const [had, sold, fees] = await balances();
  expect(await on.verdict(buyer, buy(best, PRICE - 1n))).toBe('ZK0759');
  // a token that calls back buys the same NFT in between
  const again = buy(best);
  const callingBack = on.call(token, 'hook', address, stage.selector('buy'), ...on.list(again.calldata));
  expect(await on.verdict(buyer, callingBack, again)).toBe('ZK0764');
  on.expectGas('market, `buy`', await on.send(buyer, again));
  expect(await balances()).toEqual([had! - PRICE, sold! + PRICE, fees]);
  expect(await on.ask(buyer, collection, 'owner_of', ...on.u256(best))).toEqual([buyer.address]);
  expect(await on.verdict(buyer, again)).toBe('ZK0764');
  // the ranking is used up, and its proof is of an old nonce
  await on.send(seller, on.call(address, 'unlist', 11n));
  expect(await on.verdict(buyer, on.call(address, 'unlist', 12n))).toBe('ZK0761');
  await on.send(seller, on.call(address, 'list', 11n, ...on.u256(PRICE)));
  await on.send(buyer, buy(12n));
  expect(await balances()).toEqual([had! - 2n * PRICE - 200n, sold! + 2n * PRICE, fees! + 200n]);
});

test(
  'an old proof ranks nothing, and where nobody asks who holds, a ranking by the NFTs of others counts',
  async () => {
    const gaps = [["assert(nft.owner_of(number) == holder, 'ZK0767 not the holder');", '']] as const;
    const { address, recommend } = await opened((...calldata) => on.deployedWithGaps(buyer, 'market', gaps, ...calldata));
    // the seller holds nothing that is ranked by
    const stolen = await proofOf(seller, address, 0n);
    await on.send(seller, verifying(stolen));
    expect(await on.verdict(seller, recommend(stolen))).toBe('accepted');
    expect(await on.verdict(seller, recommend(stolen))).toBe('ZK0750');
  },
  on.BUILD_MS,
);
