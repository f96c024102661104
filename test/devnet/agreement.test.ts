// Both verifiers say the same: the contract against TypeScript (law.ts), over changed felts of proof, statement and record, and over calldata
// with felts missing, doubled or moved. Caveat: random from a fixed seed; the contract's address, and so the proof, differ from run to run.

import { beforeAll, describe, expect, test } from 'vitest';
import { flatCalldata, packRecord, type VerifyCall } from '../../contracts/client/calldata.ts';
import { type Chain, connect, invoke, view } from '../../contracts/client/chain.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import type { Program, Region } from '../../vm/program/types.ts';
import { type ModelRecord, recordWords } from '../../vm/statement/record.ts';
import { treeOf, withTree } from '../vm/one-tree.ts';
import { EXAMPLES } from '../vm/programs.ts';
import { devnetAccount } from './accounts.ts';
import { ACCEPTED, type Ledger, lawOfRegister, lawOfVerify } from './law.ts';
import { network } from './network.ts';
import { type ProvedCall, proveFor } from './proofs.ts';

const P = 2n ** 31n - 1n;
const FELT = 2n ** 251n;
/** a dense network with one sample, and one with five */
const [single, five] = [EXAMPLES[0]!(), EXAMPLES[2]!()];

let chain: Chain;
let contract: bigint;
let ledger: Ledger;
/** proved for a caller of 0, which is who calls in a view */
let viewed: ProvedCall;
let other: ProvedCall;

beforeAll(async () => {
  const url = network().url;
  chain = await connect(`${url}/rpc`, await devnetAccount(url, 5));
  contract = BigInt(network().registry);
  const place = { chainId: chain.chainId, registry: contract, caller: 0n };
  viewed = await proveFor(single.program, single.inputs, place);
  other = await proveFor(five.program, five.inputs, place);
  const models = new Map([viewed, other].map(({ call, model }) => [call.modelId, model]));
  ledger = { chainId: chain.chainId, contract, caller: 0n, models };
  await invoke(
    chain,
    [viewed, other].map(({ register }) => ({ contract, entrypoint: 'register_model', calldata: register })),
  );
});

/** the code that the contract refuses a call with, or `accepted` */
async function contractSays(entrypoint: string, calldata: readonly bigint[]): Promise<string> {
  try {
    await view(chain, { contract, entrypoint, calldata });
    return ACCEPTED;
  } catch (error) {
    if (error instanceof ZkvmError) return error.code;
    throw error;
  }
}

/** `count` numbers below a bound, from a linear congruential generator */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const change = (list: readonly bigint[], index: number, to: (felt: bigint) => bigint): bigint[] =>
  list.map((felt, i) => (i === index ? to(felt) : felt));
const flip = (felt: bigint): bigint => felt ^ 1n;

type Mutation = (felts: readonly bigint[], random: (below: number) => number) => bigint[];
/** what may happen to a list of felts: one felt changed, or felts missing, doubled, moved, added */
const MUTATIONS: readonly Mutation[] = [
  (f, random) => change(f, random(f.length), (felt) => felt ^ (1n << BigInt(random(251)))),
  (f, random) => change(f, random(f.length), (felt) => felt | (P << BigInt(31 * random(8)))),
  (f, random) => change(f, random(f.length), () => 0n),
  (f, random) => change(f, random(f.length), (felt) => felt + 1n),
  (f, random) => f.toSpliced(random(f.length), 1),
  (f, random) => f.toSpliced(random(f.length), 0, BigInt(random(100))),
  (f, random) => f.toSpliced(random(f.length), 0, f[random(f.length)]!),
  (f, random) => f.slice(0, random(f.length)),
  (f, random) => {
    const [i, j] = [random(f.length), random(f.length)];
    return f.map((felt, k) => (k === i ? f[j]! : k === j ? f[i]! : felt));
  },
  (f, random) => [...f, BigInt(random(100))],
  (f) => [...f],
];

/** verdicts of both sides on mutated calldata, as a list of differences */
async function differencesOf(
  count: number,
  make: (i: number) => bigint[],
  law: (calldata: bigint[]) => string,
  entrypoint: string,
): Promise<{ differences: string[]; accepted: number }> {
  const differences: string[] = [];
  let accepted = 0;
  for (let i = 0; i < count; i++) {
    const calldata = make(i).map((felt) => felt % FELT);
    const [expected, found] = [law(calldata), await contractSays(entrypoint, calldata)];
    if (expected !== found) differences.push(`mutation ${i}: TypeScript ${expected}, contract ${found}`);
    if (found === ACCEPTED) accepted++;
  }
  return { differences, accepted };
}

const law = (calldata: readonly bigint[]): string => lawOfVerify(calldata, ledger);

describe('a proof', () => {
  /** felt index of the first felt of each group, by label */
  function groups(): { label: string; from: number; to: number }[] {
    let at = 0;
    return viewed.call.items.map(({ kind, label, length }) => {
      const from = at;
      at += kind === 'felts' ? Math.ceil(length / 8) : 1;
      return { label, from, to: at };
    });
  }

  test('that is honest: both accept, whatever positions are drawn', async () => {
    for (const { call } of [viewed, other]) {
      expect(law(flatCalldata(call))).toBe(ACCEPTED);
      expect(await contractSays('verify', flatCalldata(call))).toBe(ACCEPTED);
    }
    for (let nonce = 1n; nonce <= 6n; nonce++) {
      const { call } = await proveFor(single.program, single.inputs, { chainId: chain.chainId, registry: contract, caller: 0n, nonce });
      expect(await contractSays('verify', flatCalldata(call))).toBe(ACCEPTED);
    }
  });

  test('with one felt changed in every section, at 200 positions and more: both refuse with the same code', async () => {
    const { proof } = viewed.call;
    const all = groups();
    expect(all.at(-1)!.to).toBe(proof.length);
    const positions = new Set(all.flatMap(({ from, to }) => [from, to - 1]));
    const chosen = [...positions].sort((a, b) => a - b);
    const stride = Math.max(1, Math.floor(chosen.length / 230));
    const sampled = chosen.filter(
      (position, i) => i % stride === 0 || all.some((g) => g.from === position && !g.label.includes('witness')),
    );
    expect(sampled.length).toBeGreaterThanOrEqual(200);
    const forge = (position: number): VerifyCall => ({ ...viewed.call, proof: change(proof, position, flip) });
    const { differences, accepted } = await differencesOf(sampled.length, (i) => flatCalldata(forge(sampled[i]!)), law, 'verify');
    expect({ differences, accepted }).toEqual({ differences: [], accepted: 0 });
  });

  test('with 110 random mutations of its felts: the same verdict', async () => {
    const random = generator(2026);
    const { differences, accepted } = await differencesOf(
      110,
      (i) => flatCalldata({ ...viewed.call, proof: MUTATIONS[i % MUTATIONS.length]!(viewed.call.proof, random) }),
      law,
      'verify',
    );
    expect(differences).toEqual([]);
    expect(accepted).toBeGreaterThanOrEqual(10);
  });
});

describe('a statement', () => {
  test('with every one of its felts changed: both refuse with the same code', async () => {
    const { call } = viewed;
    const before = flatCalldata(call).length - call.proof.length - 1;
    const { differences, accepted } = await differencesOf(before, (i) => change(flatCalldata(call), i, flip), law, 'verify');
    expect({ differences, accepted }).toEqual({ differences: [], accepted: 0 });
  });

  test('with 110 random mutations of calldata before the proof: the same verdict', async () => {
    const random = generator(7);
    const { call } = viewed;
    const flat = flatCalldata(call);
    const before = flat.length - call.proof.length;
    const { differences, accepted } = await differencesOf(
      110,
      (i) => [...MUTATIONS[i % MUTATIONS.length]!(flat.slice(0, before), random), ...flat.slice(before)],
      law,
      'verify',
    );
    expect(differences).toEqual([]);
    expect(accepted).toBeGreaterThanOrEqual(10);
  });

  test('of one model with the proof of another: the same refusal', async () => {
    for (const [a, b] of [
      [viewed, other],
      [other, viewed],
    ] as const) {
      const calldata = flatCalldata({ ...a.call, proof: b.call.proof });
      expect(law(calldata)).toMatch(/^ZK0/);
      expect(await contractSays('verify', calldata)).toBe(law(calldata));
    }
  });
});

describe('a record', () => {
  const verdictsAgree = async (
    program: Program,
    calldata: readonly bigint[],
  ): Promise<{ agree: boolean; accepted: boolean; text: string }> => {
    const [expected, found] = [lawOfRegister(calldata, program), await contractSays('register_model', calldata)];
    const accepted = found === ACCEPTED;
    // codes of limits are the contract's own; that it has a reason is what counts
    return {
      agree: (expected === ACCEPTED) === accepted && /^(accepted|ZK0[0-6]\d\d|ZK0706)$/.test(found),
      accepted,
      text: `${expected} and ${found}`,
    };
  };

  test('of every example: both accept, whatever strides and steps it has', async () => {
    const base = viewed.model.record;
    for (const make of EXAMPLES) {
      const { name, program } = make();
      const instances = treeOf(base).instances.map((i, n) => (n === 0 ? { ...i, logSize: program.ramLogSize } : i));
      const logSize = Math.max(...instances.map((instance) => instance.logSize));
      const calldata = packRecord(
        recordWords({ ...base, ...withTree(base, { instances, logSize }), inputs: program.inputs, outputs: program.outputs }),
      );
      expect([name, await verdictsAgree(program, calldata)]).toMatchObject([name, { agree: true, accepted: true }]);
    }
  });

  /** a number that a hostile registrant might put in place of one */
  const odd = (value: number, random: (below: number) => number): number =>
    [value + 1, Math.max(0, value - 1), 0, 1, 2 * value, 16, 2 ** 16, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, random(64)][random(11)]!;

  test('with 150 regions changed in one place: the same verdict', async () => {
    const random = generator(11);
    // two channels of three rows of 20: room for steps and strides to be right or wrong
    const region: Region = { ...single.program.outputs[0]!, name: 'image', shape: [2, 3, 20], channels: 2, rows: 3, width: 20 };
    const image: Region = { ...region, channelStep: 8, rowStep: 2, strides: [60, 20, 1], lo: -100, hi: 100 };
    const numbers = ['address', 'channels', 'rows', 'width', 'channelStep', 'rowStep', 'lo', 'hi'] as const;
    const mutate = (r: Region): Region => {
      const kind = random(numbers.length + 4);
      const field = numbers[kind];
      if (field === 'lo' || field === 'hi') return { ...r, [field]: random(400) - 200 };
      if (field) return { ...r, [field]: odd(r[field], random) };
      if (kind === numbers.length)
        return { ...r, strides: r.strides.map((s, i) => (i === random(3) ? odd(s, random) : s)) as Region['strides'] };
      if (kind === numbers.length + 1) {
        // axes exchanged together with their strides still cover everything
        const [c, h, w] = r.strides;
        return { ...r, channels: r.rows, rows: r.channels, strides: [h, c, w] };
      }
      if (kind === numbers.length + 2) return { ...r, shape: [[120], [2, 60], [120, 1, 1], [121], []][random(5)]! };
      return { ...r, channelStep: 2, rowStep: 4 };
    };
    const { record } = viewed.model;
    const disagreements: string[] = [];
    let accepted = 0;
    for (let i = 0; i < 150; i++) {
      const moved = mutate(image);
      const regions: Pick<ModelRecord, 'inputs' | 'outputs'> =
        i % 2 ? { inputs: [moved], outputs: [image] } : { inputs: [image], outputs: [moved, image] };
      const verdict = await verdictsAgree(single.program, packRecord(recordWords({ ...record, ...regions })));
      if (!verdict.agree) disagreements.push(`${JSON.stringify(moved)}: ${verdict.text}`);
      if (verdict.accepted) accepted++;
    }
    expect(disagreements).toEqual([]);
    expect(accepted).toBeGreaterThanOrEqual(20);
    expect(accepted).toBeLessThanOrEqual(130);
  });

  test('with each of its words changed, and 110 random mutations of its felts: the same verdict', async () => {
    const random = generator(13);
    const words = recordWords(viewed.model.record);
    const disagreements: string[] = [];
    for (const [i, word] of words.entries()) {
      const verdict = await verdictsAgree(single.program, packRecord(words.with(i, (word ^ 1) >>> 0)));
      if (!verdict.agree) disagreements.push(`word ${i}: ${verdict.text}`);
    }
    for (let i = 0; i < 110; i++) {
      const calldata = MUTATIONS[i % MUTATIONS.length]!(viewed.register, random).map((felt) => felt % FELT);
      const verdict = await verdictsAgree(single.program, calldata);
      if (!verdict.agree) disagreements.push(`mutation ${i}: ${verdict.text}`);
    }
    expect(disagreements).toEqual([]);
  });
});
