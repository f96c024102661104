// The airdrop: a score of what the committed record says, once an account; what nobody claims goes back. Its robbers claim twice, with another's
// record, with another's proof, or leave tokens behind; a class without the checks pays them.
import { beforeAll, expect, test } from 'vitest';
import type { Invocation } from '../../../contracts/client/chain.ts';
import type { IntegerTensors, Program } from '../../../vm/program/types.ts';
import type { ProvedCall } from '../proofs.ts';
import { activityModel, integers } from './models.ts';
import * as on from './stage.ts';

const UNIT = 1000n;
const FUNDS = 10n ** 9n;
/** 'zkvm activity' */
const TAG = BigInt(`0x${[...'zkvm activity'].map((letter) => letter.charCodeAt(0).toString(16)).join('')}`);

let stage: on.Stage;
let honest: on.Person;
let cheat: on.Person;
let sponsor: on.Person;
let program: Program;
let token: bigint;
let modelId: bigint;
/** whose record says what, the busy one and the idle one */
let records: IntegerTensors[];
let leaves: bigint[];
let root: bigint;

beforeAll(async () => {
  stage = await on.stage();
  [honest, cheat, sponsor] = stage.people;
  program = activityModel();
  token = await on.puppet(honest);
  records = [
    [50, 60, 40, 50, 80, 50, 30, 50],
    [0, 0, 0, 0, 0, 0, 0, 1],
  ].map((data) => integers(program, data));
  leaves = [honest, cheat].map(({ address }, i) => stage.poseidon([TAG, address, ...on.packed(program, records[i]!)]));
  root = stage.poseidon([...leaves].sort((a, b) => (a < b ? -1 : 1)));
  const any = await on.proofFor(stage, honest, program, records[0]!, 1n, 0n);
  modelId = any.call.modelId;
  await on.send(honest, on.registering(stage.registry, any));
});

const calldata = (deadline: bigint, most = 10n ** 6n): bigint[] => [
  sponsor.address,
  stage.registry,
  modelId,
  token,
  ...on.u256(UNIT),
  most,
  root,
  deadline,
];
const claim = (airdrop: bigint, { call }: ProvedCall, neighbour: bigint, outputs = call.outputs): Invocation =>
  on.call(airdrop, 'claim', ...on.list(call.inputs), ...on.list(outputs), ...on.list([neighbour]));
const verifying = (proved: ProvedCall): Invocation => on.verifying(stage.registry, proved);
const fund = (airdrop: bigint): Promise<unknown> => on.send(sponsor, on.call(token, 'mint', airdrop, ...on.u256(FUNDS)));

test("pays the score of the caller's own record, once, and returns what is left when the deadline is over", async () => {
  const deadline = (await on.now(honest)) + on.DAY;
  const airdrop = await on.deployed(honest, 'airdrop', ...calldata(deadline));
  await fund(airdrop);
  const proved = await on.proofFor(stage, honest, program, records[0]!, airdrop, 0n);
  const [score] = on.scores(proved);
  expect(score).toBeGreaterThan(0);

  expect(await on.verdict(honest, claim(airdrop, proved, leaves[1]!))).toBe('ZK0750');
  // the cheat has the whole proof, which names the honest account, and a record of his own
  expect(await on.verdict(cheat, verifying(proved), claim(airdrop, proved, leaves[1]!))).toBe('ZK0714');
  await on.send(honest, verifying(proved));
  expect(await on.verdict(cheat, claim(airdrop, proved, leaves[1]!))).toBe('ZK0765');
  expect(await on.verdict(honest, claim(airdrop, proved, leaves[1]!, on.lie(proved)))).toBe('ZK0750');
  expect(await on.verdict(honest, claim(airdrop, proved, leaves[0]!))).toBe('ZK0765');
  on.expectGas('airdrop, `claim`', await on.send(honest, claim(airdrop, proved, leaves[1]!)));
  expect(await on.balance(honest, token, honest.address)).toBe(UNIT * BigInt(score!));
  expect(await on.verdict(honest, verifying(proved), claim(airdrop, proved, leaves[1]!))).toBe('ZK0752');

  // an account that did nothing of worth is paid nothing
  const idle = await on.proofFor(stage, cheat, program, records[1]!, airdrop, 0n);
  expect(on.scores(idle)[0]).toBeLessThanOrEqual(0);
  await on.send(cheat, verifying(idle), claim(airdrop, idle, leaves[0]!));
  expect(await on.balance(honest, token, cheat.address)).toBe(0n);

  // stuck tokens: nobody takes them before the deadline, anybody sends them home after it
  const back = on.call(airdrop, 'reclaim', token);
  expect(await on.verdict(sponsor, back)).toBe('ZK0762');
  await on.sleep(on.DAY + 60n);
  await on.send(cheat, back);
  expect(await on.balance(honest, token, airdrop)).toBe(0n);
  expect(await on.balance(honest, token, sponsor.address)).toBe(FUNDS - UNIT * BigInt(score!));
  expect(await on.verdict(honest, claim(airdrop, proved, leaves[1]!))).toBe('ZK0763');
});

test(
  'where claims are not written down and records are free, one account is paid twice and a busy record is anybody’s',
  async () => {
    const gaps = [
      ['            self.claimed.write(account, true);\n', ''],
      ["            assert(root_above(account, inputs, path) == self.root.read(), 'ZK0765 not the committed record');\n", ''],
    ] as const;
    const airdrop = await on.deployedWithGaps(honest, 'airdrop', gaps, ...calldata((await on.now(honest)) + on.DAY, 5n));
    await fund(airdrop);
    // the record of the busy account, in the name of the idle one; five points at most
    const stolen = await on.proofFor(stage, cheat, program, records[0]!, airdrop, 0n);
    const before = await on.balance(honest, token, cheat.address);
    await on.send(cheat, verifying(stolen), claim(airdrop, stolen, leaves[1]!), claim(airdrop, stolen, leaves[1]!));
    expect(await on.balance(honest, token, cheat.address)).toBe(before + 2n * 5n * UNIT);
  },
  on.BUILD_MS,
);
