// Contexts, errors of the chain, limits of a class: what can be tested without a chain.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auditedLibfuncs, type BuiltClass, CLASS_LIMITS, requireDeclarable, unauditedLibfuncs } from '../../../contracts/class/compile.ts';
import { MAX_CHAIN_ELEMENTS, MAX_CHAIN_LOG_SIZE, MAX_CHAIN_RANK, MAX_CHAIN_REGIONS, MAX_CONTEXT } from '../../../contracts/class/limits.ts';
import { encodeShortString } from '../../../contracts/class/sierra.ts';
import { contextBytes, contextFelts, registerCalldata, requireCalldata } from '../../../contracts/client/calldata.ts';
import { cairoReason, toChainError } from '../../../contracts/client/errors.ts';
import type { ZkvmError } from '../../../fri/core/errors.ts';
import { PROFILES } from '../../../fri/pcs/profile.ts';
import { TYPE } from '../../../vm/chips/machine.ts';
import { RAM_BASE } from '../../../vm/program/isa.ts';
import type { Region } from '../../../vm/program/types.ts';
import { type ModelRecord, recordWords } from '../../../vm/statement/record.ts';

const felt = fc.bigInt(0n, 2n ** 251n);

describe('context', () => {
  test('felts survive as bytes', () => {
    fc.assert(
      fc.property(felt, felt, felt, felt, fc.array(felt, { maxLength: 4 }), (chainId, contract, caller, nonce, extra) => {
        expect(contextFelts(contextBytes({ chainId, contract, caller, nonce, extra }))).toEqual([
          chainId,
          contract,
          caller,
          nonce,
          ...extra,
        ]);
      }),
    );
  });

  test('bytes that are no felts are refused', () => {
    expect(() => contextFelts(new Uint8Array(127))).toThrow('ZK0731');
    expect(() => contextFelts(new Uint8Array(96))).toThrow('ZK0731');
    expect(() => contextFelts(new Uint8Array(128).fill(255))).toThrow('ZK0731');
    expect(contextFelts(new Uint8Array(32 * MAX_CONTEXT))).toHaveLength(MAX_CONTEXT);
    expect(() => contextFelts(new Uint8Array(32 * (MAX_CONTEXT + 1)))).toThrow('ZK0731');
    expect(() => contextBytes({ chainId: -1n, contract: 0n, caller: 0n, nonce: 0n })).toThrow('ZK0730');
  });
});

describe('a record that the contract cannot register', () => {
  const region: Region = {
    name: 'x',
    shape: [4],
    address: RAM_BASE,
    channels: 1,
    rows: 1,
    width: 4,
    channelStep: 1,
    rowStep: 1,
    strides: [4, 4, 1],
    lo: 0,
    hi: 9,
    scale: 1,
  };
  const digest = new Uint32Array(8);
  const record = (changes: Partial<ModelRecord>): ModelRecord => ({
    airHash: digest,
    profile: PROFILES.chain,
    trees: [{ root: digest, logSize: 8, instances: [{ type: TYPE.ram, logSize: 8, base: RAM_BASE }] }],
    inputs: [region],
    outputs: [region],
    metadataHash: digest,
    ...changes,
  });
  const wide = (elements: number): Region => ({ ...region, shape: [elements], width: elements, channelStep: Math.ceil(elements / 16) });

  test('is refused here, before a transaction is paid', () => {
    expect(registerCalldata(record({}))).toHaveLength(Math.ceil(recordWords(record({})).length / 7) + 2);
    expect(registerCalldata(record({ outputs: [wide(MAX_CHAIN_ELEMENTS)] }))).toBeDefined();
    for (const changes of [
      { trees: [{ root: digest, logSize: 8, instances: [{ type: TYPE.ram, logSize: MAX_CHAIN_LOG_SIZE + 1, base: RAM_BASE }] }] },
      { inputs: Array<Region>(MAX_CHAIN_REGIONS + 1).fill(region) },
      { outputs: [wide(MAX_CHAIN_ELEMENTS + 1)] },
      { inputs: [{ ...region, channelStep: MAX_CHAIN_ELEMENTS + 1 }] },
      { inputs: [{ ...region, shape: Array<number>(MAX_CHAIN_RANK + 1).fill(1) }] },
    ])
      expect(() => registerCalldata(record(changes))).toThrow('ZK0734');
  });
});

describe('errors of the chain', () => {
  const reverted = (reason: string): Error => new Error(`execution failed: [0x${encodeShortString(reason).toString(16)}] ('${reason}')`);

  test("the contract's reason is found as short string and as text", () => {
    expect(cairoReason(reverted('ZK0210 sum is not zero').message)).toEqual({ code: 'ZK0210', reason: 'sum is not zero' });
    expect(cairoReason("('ZK0107 proof of work')")).toEqual({ code: 'ZK0107', reason: 'proof of work' });
    expect(cairoReason('ENTRYPOINT_FAILED 0x454e545259504f494e54')).toBeUndefined();
  });

  test.each([
    [reverted('ZK0215 last layer'), 'ZK0215'],
    [reverted('ZK0710 model not registered'), 'ZK0710'],
    [new Error('fetch failed'), 'ZK0701'],
    [new Error('connect ECONNREFUSED 127.0.0.1:1'), 'ZK0701'],
    [new Error(`Class with hash 0x${'0'.repeat(63)}1 is not declared`), 'ZK0702'],
    [new Error('28: Class hash not found'), 'ZK0702'],
    [new Error("0x454e545259504f494e545f4e4f545f464f554e44 ('ENTRYPOINT_NOT_FOUND')"), 'ZK0709'],
    [new Error("0x4163636f756e743a20696e76616c6964207369676e6174757265 ('Account: invalid signature')"), 'ZK0707'],
    [new Error('52: Invalid transaction nonce'), 'ZK0715'],
    [new Error('20: Contract not found'), 'ZK0703'],
    [new Error('Out of gas'), 'ZK0704'],
    [new Error('Could not reach the end of the program. RunResources has no remaining steps.'), 'ZK0704'],
    [Object.assign(new Error('fee 0x5a4b3032313020'), { baseError: { code: 53, message: "resources don't cover validation" } }), 'ZK0704'],
    [new Error("Account balance is smaller than the transaction's max_fee"), 'ZK0705'],
    [new Error('RPC: starknet_estimateFee with params {}: something else'), 'ZK0706'],
    [new Error('something else'), 'ZK0706'],
  ])('%s has the exit code 7', (error, code) => {
    const found = toChainError(error, 'http://node');
    expect(found).toMatchObject({ code, exitCode: 7 });
    expect(found.fix).toBeTruthy();
  });
});

describe('calldata of a transaction', () => {
  const felts = (length: number): bigint[] => new Array<bigint>(length).fill(0n);
  const fixOf = (length: number, drawn?: boolean): string => {
    try {
      requireCalldata(felts(length), 'the proof', 'why', 'use shards', drawn);
    } catch (error) {
      return String((error as ZkvmError).fix);
    }
    return 'taken';
  };

  test('are 5,000 felts with the 4 that the account adds', () => {
    expect(() => requireCalldata(felts(4996), 'the proof', 'why', 'fix')).not.toThrow();
    expect(() => requireCalldata(felts(4997), 'the proof', 'why', 'fix')).toThrow('ZK0733: the proof needs 4997 felts of calldata');
  });

  test('that are a few too many may fit with another nonce; many too many do not, nor does what no position decides', () => {
    expect(fixOf(4996)).toBe('taken');
    expect(fixOf(4997)).toMatch(/--nonce.*use shards/);
    expect(fixOf(5204)).toMatch(/--nonce.*use shards/);
    expect(fixOf(5205)).toBe('use shards');
    expect(fixOf(4997, false)).toBe('use shards');
  });
});

describe('what may be declared', () => {
  const small: BuiltClass = {
    name: 'small',
    contract: { sierra_program: [], contract_class_version: '0.1.0', entry_points_by_type: {}, abi: [] },
    casm: { bytecode: [] },
    rewrite: { statements: 0, fallThroughs: 0, replaced: {}, libfuncs: ['felt252_add', 'blake2s_compress'], felts: 0 },
    sierraFelts: CLASS_LIMITS.felts,
    casmFelts: CLASS_LIMITS.felts,
    bytes: CLASS_LIMITS.bytes,
  };

  test('a class at the limits is taken, one above each is refused', () => {
    expect(() => requireDeclarable(small)).not.toThrow();
    for (const key of ['sierraFelts', 'casmFelts', 'bytes'] as const)
      expect(() => requireDeclarable({ ...small, [key]: small[key] + 1 })).toThrow('ZK0724');
  });

  test('a libfunc that is not audited is refused by name', () => {
    expect(auditedLibfuncs().libfuncs).toMatchObject({ blake2s_compress: '1.8.0', felt252_add: null });
    expect(unauditedLibfuncs(['felt252_add', 'print'])).toEqual(['print']);
    expect(unauditedLibfuncs(['felt252_add', 'blake2s_compress'], '1.7.0')).toEqual(['blake2s_compress']);
    expect(() => requireDeclarable({ ...small, rewrite: { ...small.rewrite, libfuncs: ['print'] } })).toThrow('not audited: print');
  });
});
