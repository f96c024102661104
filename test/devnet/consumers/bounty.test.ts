// The bounty: the prize is the author's, whoever claims it, and a test set that is not published in time is paid for. Its robbers are the sponsor who
// holds the file, the sponsor who withholds the set, and a token that calls back; a class without the checks pays two of them.
import { beforeAll, expect, test } from 'vitest';
import type { Invocation } from '../../../contracts/client/chain.ts';
import type { IntegerTensors, Program } from '../../../vm/program/types.ts';
import { compiledModel, digitInput, digits } from '../models.ts';
import type { ProvedCall } from '../proofs.ts';
import { activityModel, compatibilityModel, integers } from './models.ts';
import * as on from './stage.ts';

const SAMPLES = 16;
const SALT = 987654321n;
const PRIZE = 10n ** 6n;

let stage: on.Stage;
let author: on.Person;
let second: on.Person;
let sponsor: on.Person;
let token: bigint;
/** two small models, of which nobody asks here how good they are */
let small: { program: Program; inputs: IntegerTensors }[];

beforeAll(async () => {
  stage = await on.stage();
  [author, second, sponsor] = stage.people;
  token = await on.puppet(author);
  small = [activityModel(), compatibilityModel()].map((program) => ({
    program,
    inputs: integers(program, new Array<number>(program.inputs[0]!.rows * program.inputs[0]!.channels).fill(7)),
  }));
});

/** a bounty for whoever labels `bar` of these right; an hour to enter and reveal, another to claim */
async function bountyFor(
  truth: readonly bigint[],
  inputs: readonly bigint[],
  bar: bigint,
  classes: bigint,
  deploy: (...calldata: bigint[]) => Promise<bigint> = (...calldata) => on.deployed(author, 'bounty', ...calldata),
): Promise<{ address: bigint; reveal: (labels?: readonly bigint[]) => Invocation }> {
  const commitment = stage.poseidon([SALT, BigInt(truth.length), ...truth, ...inputs]);
  const start = await on.now(author);
  const deadlines = [start + 3600n, start + 7200n];
  const address = await deploy(sponsor.address, stage.registry, token, commitment, classes, bar, ...deadlines);
  await on.send(sponsor, on.call(token, 'mint', address, ...on.u256(PRIZE)));
  return { address, reveal: (labels = truth) => on.call(address, 'reveal', SALT, ...on.list(labels), ...on.list(inputs)) };
}

const using = (bounty: bigint, entrypoint: string, { call }: ProvedCall, outputs = call.outputs, inputs = call.inputs): Invocation =>
  on.call(bounty, entrypoint, call.modelId, ...on.list(inputs), ...on.list(outputs));
const verifying = (proved: ProvedCall): Invocation => on.verifying(stage.registry, proved);
const balanceOf = (account: bigint): Promise<bigint> => on.balance(author, token, account);

/** this person enters a model, and the sponsor admits it */
async function enter(bounty: bigint, person: on.Person, program: Program, inputs: IntegerTensors): Promise<ProvedCall> {
  const proved = await on.proofFor(stage, person, program, inputs, bounty, 0n);
  await on.send(person, on.registering(stage.registry, proved), verifying(proved), using(bounty, 'enter', proved));
  await on.send(sponsor, on.call(bounty, 'admit', proved.call.modelId));
  return proved;
}

test('pays the author of the first model that labels enough right, also where the sponsor claims', async () => {
  const program = compiledModel('digits_mlp', SAMPLES);
  const images = digitInput(program, digits().pixels_0_16.slice(0, SAMPLES));
  const labels = digits().labels.slice(0, SAMPLES).map(BigInt);
  const { address, reveal } = await bountyFor(labels, on.packed(program, images), 14n, 10n);
  const blank = digitInput(
    program,
    digits()
      .pixels_0_16.slice(0, SAMPLES)
      .map((image) => image.map(() => 0)),
  );

  // to enter is to prove that one has the file; nobody enters with another's proof
  const entry = await on.proofFor(stage, author, program, blank, address, 0n);
  const { modelId } = entry.call;
  const admit = on.call(address, 'admit', modelId);
  await on.send(author, on.registering(stage.registry, entry), verifying(entry));
  expect(await on.verdict(sponsor, using(address, 'enter', entry))).toBe('ZK0750');
  expect(await on.verdict(sponsor, admit)).toBe('ZK0757');
  on.expectGas('bounty, `enter`', await on.send(author, using(address, 'enter', entry)));
  expect(await on.verdict(author, admit)).toBe('ZK0760');
  await on.send(sponsor, admit);
  expect(await on.verdict(sponsor, admit)).toBe('ZK0766');
  // the sponsor has the file now, and is too late to be its author
  expect(await on.verdict(sponsor, using(address, 'enter', entry))).toBe('ZK0766');

  const claimed = await on.proofFor(stage, sponsor, program, images, address, 1n);
  const claim = (outputs = claimed.call.outputs, inputs = claimed.call.inputs): Invocation =>
    using(address, 'claim', claimed, outputs, inputs);
  expect(await on.verdict(sponsor, claim())).toBe('ZK0755');
  const wrong = labels.map((label, i) => (i === 0 ? (label + 1n) % 10n : label));
  expect(await on.verdict(sponsor, reveal(wrong))).toBe('ZK0754');
  await on.send(sponsor, reveal());
  expect(await on.verdict(sponsor, reveal())).toBe('ZK0753');
  expect(await on.verdict(author, using(address, 'enter', entry))).toBe('ZK0753');
  expect(await on.verdict(sponsor, claim())).toBe('ZK0750');
  await on.send(sponsor, verifying(claimed));
  expect(await on.verdict(sponsor, claim(on.lie(claimed)))).toBe('ZK0750');
  expect(await on.verdict(sponsor, claim(claimed.call.outputs, claimed.call.inputs.with(0, claimed.call.inputs[0]! ^ 1n)))).toBe('ZK0758');
  expect(await on.verdict(author, claim())).toBe('ZK0750');
  const stolen = claim();
  expect(await on.verdict(sponsor, { ...stolen, calldata: stolen.calldata.with(0, 99n) })).toBe('ZK0757');

  const before = [await balanceOf(author.address), await balanceOf(sponsor.address)];
  on.expectGas('bounty, `claim`, 16 samples', await on.send(sponsor, claim()));
  expect([await balanceOf(author.address), await balanceOf(sponsor.address)]).toEqual([before[0]! + PRIZE, before[1]!]);
  expect(await on.verdict(sponsor, claim())).toBe('ZK0756');

  // what comes later is not stuck
  await on.send(sponsor, on.call(token, 'mint', address, ...on.u256(5n)));
  expect(await on.verdict(sponsor, on.call(address, 'refund', token))).toBe('ZK0762');
  await on.sleep(7260n);
  await on.send(author, on.call(address, 'refund', token));
  expect(await balanceOf(sponsor.address)).toBe(before[1]! + 5n);
});

test('a model below the bar wins nothing, and the prize goes home', async () => {
  const [{ program, inputs }] = small as [(typeof small)[0]];
  const { address, reveal } = await bountyFor([1n], on.packed(program, inputs), 1n, 1n);
  await enter(address, author, program, inputs);
  await on.send(sponsor, reveal());
  const claimed = await on.proofFor(stage, author, program, inputs, address, 1n);
  expect(await on.verdict(author, verifying(claimed), using(address, 'claim', claimed))).toBe('ZK0759');
  await on.sleep(7260n);
  expect(await on.verdict(author, using(address, 'claim', claimed))).toBe('ZK0763');
  await on.send(author, on.call(address, 'refund', token));
  expect(await balanceOf(address)).toBe(0n);
});

test('a test set that is withheld is paid to the authors in shares, once each, also by a token that calls back', async () => {
  const { address, reveal } = await bountyFor([1n, 2n], [5n], 1n, 1n);
  const models = [
    await enter(address, author, small[0]!.program, small[0]!.inputs),
    await enter(address, second, small[1]!.program, small[1]!.inputs),
  ];
  const [first, other] = models.map(({ call }) => on.call(address, 'take_share', call.modelId)) as [Invocation, Invocation];
  expect(await on.verdict(author, first)).toBe('ZK0762');
  await on.sleep(3660n);
  // a nobody who entered nothing, a sponsor who reveals too late, a sponsor who wants it back
  expect(await on.verdict(author, on.call(address, 'take_share', 99n))).toBe('ZK0757');
  expect(await on.verdict(sponsor, reveal())).toBe('ZK0763');
  expect(await on.verdict(sponsor, on.call(address, 'refund', token))).toBe('ZK0762');
  const before = [await balanceOf(author.address), await balanceOf(second.address)];
  const again = on.call(token, 'hook', address, stage.selector('take_share'), ...on.list(first.calldata));
  expect(await on.verdict(author, again, first)).toBe('ZK0756');
  // anybody sends a share to its author
  on.expectGas('bounty, `take_share`', await on.send(sponsor, first));
  expect(await on.verdict(author, first)).toBe('ZK0756');
  await on.send(second, other);
  expect([await balanceOf(author.address), await balanceOf(second.address)]).toEqual(before.map((amount) => amount + PRIZE / 2n));
  // where nobody was admitted, there is nobody to pay
  const empty = await bountyFor([1n], [5n], 1n, 1n);
  await on.sleep(3660n);
  await on.send(author, on.call(empty.address, 'refund', token));
  expect(await balanceOf(empty.address)).toBe(0n);
});

test(
  'where a share is written down after it is paid, and a claim pays who claims, both are robbed',
  async () => {
    const gaps = [
      ['            self.shared.write(model_id, true);\n', ''],
      [
        'self.pay_author(model_id, self.share.read());',
        'self.pay_author(model_id, self.share.read());\n            self.shared.write(model_id, true);',
      ],
      [
        'let author = self.authors.read(model_id);\n',
        'let author = if self.revealed.read() { get_caller_address() } else { self.authors.read(model_id) };\n',
      ],
    ] as const;
    const deploy = (...calldata: bigint[]): Promise<bigint> => on.deployedWithGaps(author, 'bounty', gaps, ...calldata);
    const { program, inputs } = small[0]!;
    const withheld = await bountyFor([0n], [5n], 1n, 1n, deploy);
    const { call } = await enter(withheld.address, author, program, inputs);
    await enter(withheld.address, second, small[1]!.program, small[1]!.inputs);
    const share = on.call(withheld.address, 'take_share', call.modelId);
    await on.sleep(3660n);
    const before = await balanceOf(author.address);
    await on.send(author, on.call(token, 'hook', withheld.address, stage.selector('take_share'), ...on.list(share.calldata)), share);
    expect(await balanceOf(author.address)).toBe(before + PRIZE);

    const won = await bountyFor([0n], on.packed(program, inputs), 1n, 1n, deploy);
    await enter(won.address, author, program, inputs);
    const claimed = await on.proofFor(stage, sponsor, program, inputs, won.address, 1n);
    const sponsored = await balanceOf(sponsor.address);
    await on.send(sponsor, won.reveal(), verifying(claimed), using(won.address, 'claim', claimed));
    expect(await balanceOf(sponsor.address)).toBe(sponsored + PRIZE);
  },
  on.BUILD_MS,
);
