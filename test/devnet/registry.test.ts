// The registry on a devnet: models, facts, and everything that it must refuse, each with its own reason.
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { verify } from '../../air/verify.ts';
import { flatCalldata, MAX_CALLDATA, registerCalldata, type VerifyCall } from '../../contracts/calldata.ts';
import { type Chain, cairoReason, connect, invoke, MAX_L2_GAS, view } from '../../contracts/chain.ts';
import { digestToFelt } from '../../fri/digest.ts';
import { ZkvmError } from '../../fri/errors.ts';
import { PROFILES } from '../../fri/profile.ts';
import { CalldataReader } from '../../fri/stream.ts';
import { RAM_BASE } from '../../vm/isa.ts';
import { MACHINE } from '../../vm/machine.ts';
import { tensorWords } from '../../vm/packing.ts';
import { recordWords } from '../../vm/record.ts';
import { publicTerms } from '../../vm/statement.ts';
import { EXAMPLES } from '../vm/programs.ts';
import { devnetAccount, firstAccount } from './accounts.ts';
import { type ProvedCall, proveFor } from './proofs.ts';
import { proveWeak } from './weak-proof.ts';

const P = 2n ** 31n - 1n;
/** a dense network with one sample, and one with five */
const [single, five] = [EXAMPLES[0]!(), EXAMPLES[2]!()];

let chain: Chain;
let contract: bigint;
let account: bigint;
/** proved for a caller of 0, which is who calls in a view */
let viewed: ProvedCall;

beforeAll(async () => {
  const url = inject('devnetUrl');
  const credentials = await firstAccount(url);
  account = BigInt(credentials.address);
  chain = await connect(`${url}/rpc`, credentials);
  contract = BigInt(inject('registry'));
  viewed = await proveFor(single.program, single.inputs, { chainId: chain.chainId, registry: contract, caller: 0n });
});

const register = (calldata: readonly bigint[]) => invoke(chain, [{ contract, entrypoint: 'register_model', calldata }]);
const verifyOnChain = (calldata: readonly bigint[]) => invoke(chain, [{ contract, entrypoint: 'verify', calldata }]);
const look = (calldata: readonly bigint[]) => view(chain, { contract, entrypoint: 'verify', calldata });
const ask = async (entrypoint: string, ...calldata: bigint[]): Promise<bigint> =>
  (await view(chain, { contract, entrypoint, calldata }))[0]!;

/** the code that the contract refuses a call with, or `accepted` */
async function verdictOf(call: VerifyCall): Promise<string> {
  try {
    await look(flatCalldata(call));
    return 'accepted';
  } catch (error) {
    if (error instanceof ZkvmError) return error.code;
    throw error;
  }
}

describe('a model', () => {
  test('is not known before it is registered, and no proof of it is accepted', async () => {
    const { run } = viewed;
    expect(await ask('is_registered', 12345n)).toBe(0n);
    expect(await verdictOf({ ...viewed.call, modelId: 12345n })).toBe('ZK0710');
    expect(run.outputs).toBeDefined();
  });

  test('gets the id that TypeScript gives it; registering again changes nothing', async () => {
    const id = digestToFelt(viewed.model.id);
    const first = await register(viewed.register);
    expect(first.events.filter(({ from }) => from === contract).map(({ keys }) => keys[1])).toEqual([id]);
    expect(await ask('is_registered', id)).toBe(1n);
    const again = await register(viewed.register);
    expect(again.events.filter(({ from }) => from === contract)).toEqual([]);
  });

  const { record } = { record: () => viewed.model.record };
  const forgeries: [string, () => bigint[], string][] = [
    ['another AIR', () => registerCalldata({ ...record(), airHash: record().airHash.map((w) => w ^ 1) }), 'ZK0302'],
    ['another profile', () => registerCalldata({ ...record(), profile: PROFILES.local }), 'ZK0355'],
    ['a tree of another height', () => registerCalldata({ ...record(), preprocessedLogSize: record().preprocessedLogSize + 1 }), 'ZK0301'],
    [
      'a root of more than 248 bits',
      () => registerCalldata({ ...record(), preprocessedRoot: record().preprocessedRoot.map((w, i) => (i === 7 ? w | (1 << 24) : w)) }),
      'ZK0102',
    ],
    [
      'RAM at another base',
      () => registerCalldata({ ...record(), instances: record().instances.map((i) => (i.base ? { ...i, base: RAM_BASE + 16 } : i)) }),
      'ZK0350',
    ],
    ['two instances', () => registerCalldata({ ...record(), instances: record().instances.slice(1) }), 'ZK0350'],
    [
      'a table of 2^21 rows',
      () => registerCalldata({ ...record(), instances: record().instances.map((i, n) => (n === 2 ? { ...i, logSize: 21 } : i)) }),
      'ZK0350',
    ],
    [
      'a region outside RAM',
      () => registerCalldata({ ...record(), inputs: record().inputs.map((r) => ({ ...r, address: RAM_BASE - 1 })) }),
      'ZK0301',
    ],
    [
      'a region with another number of elements',
      () => registerCalldata({ ...record(), inputs: record().inputs.map((r) => ({ ...r, width: r.width + 1 })) }),
      'ZK0301',
    ],
    ['a word too many', () => [...viewed.register.slice(0, -1), viewed.register.at(-1)! + 1n], 'ZK0301'],
    ['a word too few', () => [...viewed.register.slice(0, -1), viewed.register.at(-1)! - 1n], 'ZK0301'],
  ];
  test.each(forgeries)('with %s is refused', async (_what, calldata, code) => {
    await expect(register(calldata())).rejects.toMatchObject({ code, exitCode: 7 });
  });

  test('with another root is another model: its id differs, and the proof says nothing about it', async () => {
    const other = { ...viewed.model.record, preprocessedRoot: viewed.model.record.preprocessedRoot.map((w, i) => (i === 0 ? w ^ 1 : w)) };
    const { events } = await register(registerCalldata(other));
    const id = events.find(({ from }) => from === contract)!.keys[1]!;
    expect(id).not.toBe(viewed.call.modelId);
    expect(await verdictOf({ ...viewed.call, modelId: id })).toBe('ZK0107');
  });
});

describe('a proof', () => {
  test('is one transaction; its statement becomes a fact; a replay changes nothing', async () => {
    const own = await proveFor(five.program, five.inputs, { chainId: chain.chainId, registry: contract, caller: account, nonce: 7n });
    await register(own.register);
    const calldata = flatCalldata(own.call);
    expect(calldata.length).toBeLessThanOrEqual(MAX_CALLDATA);
    const statement = digestToFelt(own.verdict.statementHash);
    expect(await ask('is_valid', statement)).toBe(0n);
    const receipt = await verifyOnChain(calldata);
    expect(BigInt(receipt.l2Gas)).toBeLessThanOrEqual(MAX_L2_GAS);
    expect(receipt.events.filter(({ from }) => from === contract).map(({ keys }) => keys.slice(1))).toEqual([
      [statement, own.call.modelId],
    ]);
    expect(await ask('is_valid', statement)).toBe(1n);
    const { inputs, outputs, context, modelId } = own.call;
    const lists = [inputs, outputs, context].flatMap((list) => [BigInt(list.length), ...list]);
    expect(await ask('statement_hash', modelId, ...lists)).toBe(statement);
    expect(await ask('inputs_hash', modelId, BigInt(inputs.length), ...inputs)).toBe(digestToFelt(own.verdict.inputsHash));
    const replay = await verifyOnChain(calldata);
    expect(replay.events.filter(({ from }) => from === contract)).toEqual([]);

    // the same proof from another account
    const url = inject('devnetUrl');
    const other = await connect(`${url}/rpc`, await devnetAccount(url, 1));
    await expect(invoke(other, [{ contract, entrypoint: 'verify', calldata }])).rejects.toMatchObject({ code: 'ZK0714', exitCode: 7 });
  });

  test('is accepted in a view for the caller that it names', async () => {
    expect(await look(flatCalldata(viewed.call))).toEqual([digestToFelt(viewed.verdict.statementHash)]);
  });

  const change = (list: readonly bigint[], index: number, to: (felt: bigint) => bigint): bigint[] =>
    list.map((felt, i) => (i === index ? to(felt) : felt));
  const plusOne = (felt: bigint): bigint => felt + 1n;
  const statements: [string, () => VerifyCall, string][] = [
    ['another model', () => ({ ...viewed.call, modelId: viewed.call.modelId + 1n }), 'ZK0710'],
    ['a changed input', () => ({ ...viewed.call, inputs: change(viewed.call.inputs, 0, (f) => (f & 1n ? f - 1n : f + 1n)) }), 'ZK0107'],
    ['a changed output', () => ({ ...viewed.call, outputs: change(viewed.call.outputs, 0, (f) => (f & 1n ? f - 1n : f + 1n)) }), 'ZK0107'],
    ['an input that is p', () => ({ ...viewed.call, inputs: change(viewed.call.inputs, 0, (f) => f | P) }), 'ZK0101'],
    ['an input out of range', () => ({ ...viewed.call, inputs: change(viewed.call.inputs, 0, (f) => f - (f & P) + (P >> 1n)) }), 'ZK0322'],
    [
      'an output out of range',
      () => ({ ...viewed.call, outputs: change(viewed.call.outputs, 0, (f) => f - (f & P) + (P >> 1n)) }),
      'ZK0322',
    ],
    ['an input felt too few', () => ({ ...viewed.call, inputs: viewed.call.inputs.slice(1) }), 'ZK0104'],
    ['an input felt too many', () => ({ ...viewed.call, inputs: [...viewed.call.inputs, 0n] }), 'ZK0320'],
    ['another chain', () => ({ ...viewed.call, context: change(viewed.call.context, 0, plusOne) }), 'ZK0712'],
    ['another contract', () => ({ ...viewed.call, context: change(viewed.call.context, 1, plusOne) }), 'ZK0713'],
    ['another caller', () => ({ ...viewed.call, context: change(viewed.call.context, 2, plusOne) }), 'ZK0714'],
    ['another nonce', () => ({ ...viewed.call, context: change(viewed.call.context, 3, plusOne) }), 'ZK0107'],
    ['a longer context', () => ({ ...viewed.call, context: [...viewed.call.context, 0n] }), 'ZK0107'],
    ['no context', () => ({ ...viewed.call, context: [] }), 'ZK0711'],
    ['more cpu rows', () => ({ ...viewed.call, cpuLogSize: viewed.call.cpuLogSize + 1 }), 'ZK0107'],
    ['fewer mac rows', () => ({ ...viewed.call, macLogSize: viewed.call.macLogSize - 1 }), 'ZK0107'],
    ['more store rows', () => ({ ...viewed.call, storeLogSize: viewed.call.storeLogSize + 1 }), 'ZK0107'],
    ['2^21 rows', () => ({ ...viewed.call, cpuLogSize: 21 }), 'ZK0350'],
    ['one row', () => ({ ...viewed.call, cpuLogSize: 0 }), 'ZK0350'],
    ['a root of more than 248 bits', () => ({ ...viewed.call, proof: change(viewed.call.proof, 0, (f) => f + 2n ** 248n) }), 'ZK0102'],
    ['a nonce of more than 64 bits', () => ({ ...viewed.call, proof: change(viewed.call.proof, 1, (f) => f + 2n ** 64n) }), 'ZK0103'],
    ['a claimed sum that is p', () => ({ ...viewed.call, proof: change(viewed.call.proof, 3, (f) => f | P) }), 'ZK0101'],
    ['no proof', () => ({ ...viewed.call, proof: [] }), 'ZK0104'],
    ['a felt less', () => ({ ...viewed.call, proof: viewed.call.proof.slice(0, -1) }), 'ZK0104'],
    ['a felt more', () => ({ ...viewed.call, proof: [...viewed.call.proof, 0n] }), 'ZK0105'],
    ['a felt less at the start', () => ({ ...viewed.call, proof: viewed.call.proof.slice(1) }), 'ZK0103'],
  ];
  test.each(statements)('with %s is refused', async (_what, forge, code) => {
    expect(await verdictOf(forge())).toBe(code);
  });

  test.each([
    ['fewer queries', { ...PROFILES.chain, queries: 18 }],
    ['less work on the queries', { ...PROFILES.chain, work: { ...PROFILES.chain.work, query: 20 } }],
    ['less work on the folds', { ...PROFILES.chain, work: { ...PROFILES.chain.work, fold: 0 } }],
  ])('made with %s is refused, even under the name of the chain profile', async (_what, profile) => {
    // the prover follows the weaker profile but claims the model that is registered
    const call = await proveWeak(single.program, single.inputs, viewed, profile);
    expect(await verdictOf(call)).toMatch(/^ZK0(10|21)/);
  });
});

describe('agreement', () => {
  /** the code that the TypeScript verifier refuses a changed proof with, or `accepted` */
  function lawOf(proof: readonly bigint[]): string {
    const { model, run, verdict, call } = viewed;
    const { program } = model.loaded;
    const logs = [call.cpuLogSize, call.macLogSize, call.storeLogSize, ...model.record.instances.map(({ logSize }) => logSize)];
    try {
      verify(
        {
          machine: MACHINE,
          profile: PROFILES.chain,
          statement: {
            modelId: model.id,
            preprocessedRoots: [model.record.preprocessedRoot],
            inputs: tensorWords(program.inputs, run.inputs, 'input'),
            outputs: tensorWords(program.outputs, run.outputs, 'output'),
            context: verdict.context,
          },
          instances: logs.map((logSize, type) => ({ type, logSize, base: type === 3 ? RAM_BASE : 0, data: false })),
          publicTerms: publicTerms(program, run.inputs, run.outputs),
        },
        new CalldataReader(proof),
      );
      return 'accepted';
    } catch (error) {
      if (error instanceof ZkvmError && error.kind === 'rejected') return error.code;
      throw error;
    }
  }

  /** felt index of the first felt of each group, by label */
  function groups(): { label: string; from: number; to: number }[] {
    let at = 0;
    return viewed.call.items.map(({ kind, label, length }) => {
      const from = at;
      at += kind === 'felts' ? Math.ceil(length / 8) : 1;
      return { label, from, to: at };
    });
  }

  test('both accept the honest proof', async () => {
    expect(lawOf(viewed.call.proof)).toBe('accepted');
    expect(await verdictOf(viewed.call)).toBe('accepted');
    expect(recordWords(viewed.model.record).length).toBe(Number(viewed.register.at(-1)));
  });

  test('one felt changed in every section, at 200 positions and more: both refuse with the same code', async () => {
    const { proof } = viewed.call;
    const all = groups();
    expect(all.at(-1)!.to).toBe(proof.length);
    const positions = new Set<number>();
    for (const { from, to } of all) {
      positions.add(from);
      positions.add(to - 1);
    }
    const chosen = [...positions].sort((a, b) => a - b);
    const stride = Math.max(1, Math.floor(chosen.length / 230));
    const sampled = chosen.filter(
      (position, i) => i % stride === 0 || all.some((g) => g.from === position && !g.label.includes('witness')),
    );
    expect(sampled.length).toBeGreaterThanOrEqual(200);
    const differences: string[] = [];
    for (const position of sampled) {
      const forged = change(proof, position, (felt) => (felt & 1n ? felt - 1n : felt + 1n));
      const [law, contractVerdict] = [lawOf(forged), await verdictOf({ ...viewed.call, proof: forged })];
      if (law === 'accepted' || contractVerdict !== law) {
        const { label } = all.find(({ from, to }) => from <= position && position < to)!;
        differences.push(`${label}, felt ${position}: TypeScript ${law}, contract ${contractVerdict}`);
      }
    }
    expect(differences).toEqual([]);
  });

  const change = (list: readonly bigint[], index: number, to: (felt: bigint) => bigint): bigint[] =>
    list.map((felt, i) => (i === index ? to(felt) : felt));

  test('100 random mutations: both say the same', async () => {
    let state = 2026;
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const { proof } = viewed.call;
    const mutations: ((proof: bigint[]) => bigint[])[] = [
      (p) => change(p, random(p.length), (felt) => felt ^ (1n << BigInt(random(251)))),
      (p) => change(p, random(p.length), (felt) => felt | (P << BigInt(31 * random(8)))),
      (p) => change(p, random(p.length), () => 0n),
      (p) => p.filter((_, i) => i !== random(p.length)),
      (p) => p.slice(0, random(p.length)),
      (p) => {
        const [i, j] = [random(p.length), random(p.length)];
        return p.map((felt, k) => (k === i ? p[j]! : k === j ? p[i]! : felt));
      },
      (p) => [...p, BigInt(random(100))],
      (p) => p,
    ];
    const FELT = 2n ** 251n;
    const differences: string[] = [];
    for (let i = 0; i < 100; i++) {
      const forged = mutations[i % mutations.length]!(proof).map((felt) => felt % FELT);
      const [law, contractVerdict] = [lawOf(forged), await verdictOf({ ...viewed.call, proof: forged })];
      if (law !== contractVerdict) differences.push(`mutation ${i}: TypeScript ${law}, contract ${contractVerdict}`);
    }
    expect(differences).toEqual([]);
  });

  test('a reason is found in what the node says', () => {
    expect(cairoReason("Execution failed. Failure reason: 0x5a4b3032313020 ('ZK0210 sum is not zero').")?.code).toBe('ZK0210');
  });
});
