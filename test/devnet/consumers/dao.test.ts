// The DAO: the features are those that the contract counts, a proposal is executed once, after its delay, and only as it was proposed. Its robbers come
// with another proposal's proof or another call, and a token that calls back; a class that closes too late pays that one twice.
import { beforeAll, expect, test } from 'vitest';
import type { Invocation } from '../../../contracts/client/chain.ts';
import type { Program } from '../../../vm/program/types.ts';
import type { ProvedCall } from '../proofs.ts';
import { barOf, integers, proposalModel, wordCounts } from './models.ts';
import * as on from './stage.ts';

const GRANT = 1000n;
const TIMELOCK = 600n;
const GRACE = 3600n;
const GOOD = 'Grant public docs, audit tests and open a report';
const BAD = 'Drain it all now, urgent';

let stage: on.Stage;
let member: on.Person;
let guardian: on.Person;
let poor: on.Person;
let program: Program;
let modelId: bigint;
let token: bigint;

beforeAll(async () => {
  stage = await on.stage();
  [member, guardian, poor] = stage.people;
  program = proposalModel();
  token = await on.puppet(member);
  const any = await on.proofFor(stage, member, program, integers(program, wordCounts(GOOD)), 1n, 1n);
  modelId = any.call.modelId;
  await on.send(member, on.registering(stage.registry, any));
});

const calldata = (): bigint[] => [stage.registry, modelId, 0n, 0n, guardian.address, barOf(program, 0.15), TIMELOCK, GRACE];

/** a text as short strings of 31 letters */
const felts = (text: string): bigint[] =>
  (text.match(/.{1,31}/gs) ?? []).map((part) =>
    BigInt(`0x${[...part].map((letter) => letter.charCodeAt(0).toString(16).padStart(2, '0')).join('')}`),
  );

interface Proposal {
  id: bigint;
  queue: (proved: ProvedCall, outputs?: bigint[]) => Invocation;
  execute: (amount?: bigint) => Invocation;
  prove: () => Promise<ProvedCall>;
}

/** proposes to pay a grant */
async function propose(dao: bigint, text: string): Promise<Proposal> {
  const transfer = (amount: bigint): bigint[] => [token, stage.selector('transfer'), ...on.list([poor.address, ...on.u256(amount)])];
  const { events } = await on.send(member, on.call(dao, 'propose', ...on.list(felts(text)), ...transfer(GRANT)));
  const id = events.find(({ from }) => from === dao)!.keys[1]!;
  return {
    id,
    queue: (proved, outputs = proved.call.outputs) => on.call(dao, 'queue', id, ...on.list(outputs)),
    execute: (amount = GRANT) => on.call(dao, 'execute', id, ...transfer(amount)),
    prove: () => on.proofFor(stage, member, program, integers(program, wordCounts(text)), dao, id),
  };
}

const verifying = (proved: ProvedCall): Invocation => on.verifying(stage.registry, proved);
const fund = (dao: bigint): Promise<unknown> => on.send(member, on.call(token, 'mint', dao, ...on.u256(10n * GRANT)));
const veto = (dao: bigint, { id }: Proposal): Invocation => on.call(dao, 'veto', id);
/** the token's next transfer asks for the execution once more */
const callingBack = (dao: bigint, proposal: Proposal): Invocation =>
  on.call(token, 'hook', dao, stage.selector('execute'), ...on.list(proposal.execute().calldata));

test('a proposal whose text passes is executed as it was proposed, once, after the delay', async () => {
  const dao = await on.deployed(member, 'dao', ...calldata());
  await fund(dao);
  for (const text of [GOOD, BAD, '', 'x', 'A--b c', 'a word that goes on over the end of a felt: unconstitutionally']) {
    const [, ...counts] = await on.ask(member, dao, 'features', ...on.list(felts(text)));
    expect(counts).toEqual(on.packed(program, integers(program, wordCounts(text))));
  }
  await expect(on.ask(member, dao, 'features', ...on.list(felts('a '.repeat(64))))).rejects.toMatchObject({ code: 'ZK0768' });

  const proposal = await propose(dao, GOOD);
  const proved = await proposal.prove();
  expect(await on.verdict(member, proposal.queue(proved))).toBe('ZK0750');
  await on.send(member, verifying(proved));
  expect(await on.verdict(member, proposal.queue(proved, on.lie(proved)))).toBe('ZK0750');
  expect(await on.verdict(poor, proposal.queue(proved))).toBe('ZK0750');
  expect(await on.verdict(member, proposal.execute())).toBe('ZK0764');
  on.expectGas('DAO, `queue`', await on.send(member, proposal.queue(proved)));
  expect(await on.verdict(poor, proposal.execute())).toBe('ZK0762');
  await on.sleep(TIMELOCK + 60n);
  expect(await on.verdict(poor, proposal.execute(GRANT + 1n))).toBe('ZK0758');
  expect(await on.verdict(poor, callingBack(dao, proposal), proposal.execute())).toBe('ZK0764');
  on.expectGas('DAO, `execute`', await on.send(poor, proposal.execute()));
  expect(await on.balance(member, token, poor.address)).toBe(GRANT);
  expect(await on.verdict(poor, proposal.execute())).toBe('ZK0764');

  // the same text again is another proposal: the proof is not for it
  const second = await propose(dao, GOOD);
  expect(await on.verdict(member, second.queue(proved))).toBe('ZK0750');
  const other = await second.prove();
  await on.send(member, verifying(other), second.queue(other));
  expect(await on.verdict(member, veto(dao, second))).toBe('ZK0761');
  await on.send(guardian, veto(dao, second));
  await on.sleep(TIMELOCK + 60n);
  expect(await on.verdict(poor, second.execute())).toBe('ZK0764');
  expect(await on.verdict(guardian, veto(dao, second))).toBe('ZK0764');
});

test('a text below the bar is not queued', async () => {
  const dao = await on.deployed(member, 'dao', ...calldata());
  const proposal = await propose(dao, BAD);
  const proved = await proposal.prove();
  expect(await on.verdict(member, verifying(proved), proposal.queue(proved))).toBe('ZK0759');
});

test(
  'where a proposal is closed after its call, a token that calls back is paid twice; a stale one is paid by nobody',
  async () => {
    const gaps = [
      ['            self.close(id, proposal);\n            call_contract_syscall', '            call_contract_syscall'],
      ['.unwrap_syscall();', '.unwrap_syscall();\n            self.close(id, proposal);'],
    ] as const;
    const dao = await on.deployedWithGaps(member, 'dao', gaps, ...calldata());
    await fund(dao);
    const proposal = await propose(dao, GOOD);
    const proved = await proposal.prove();
    await on.send(member, verifying(proved), proposal.queue(proved));
    await on.sleep(TIMELOCK + 60n);
    const before = await on.balance(member, token, poor.address);
    await on.send(poor, callingBack(dao, proposal), proposal.execute());
    expect(await on.balance(member, token, poor.address)).toBe(before + 2n * GRANT);

    const stale = await propose(dao, GOOD);
    const late = await stale.prove();
    await on.send(member, verifying(late), stale.queue(late));
    await on.sleep(TIMELOCK + GRACE + 60n);
    expect(await on.verdict(poor, stale.execute())).toBe('ZK0763');
  },
  on.BUILD_MS,
);
