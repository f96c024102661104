// The rewriting of Sierra on programs small enough to be written by hand; real classes are compiled in test/devnet.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compress,
  decodeShortString,
  decompress,
  encodeShortString,
  rewriteSierra,
  type SierraClass,
} from '../../../contracts/class/sierra.ts';

const HEADER_16 = [1n, 6n, 0n, 2n, 8n, 2n];
const FALL_THROUGH_32 = 0xffffffffn;

/** no types; one libfunc per id, function_call with a user function as its argument; one statement a branch target */
function programOf(libfuncs: [string, bigint?][], targets: bigint[], version = HEADER_16): SierraClass {
  const values = [0n, BigInt(libfuncs.length)];
  for (const [id, argument] of libfuncs) values.push(encodeShortString(id), ...(argument === undefined ? [0n] : [1n, 3n, argument]));
  values.push(BigInt(targets.length + 1));
  for (const target of targets) values.push(0n, 0n, 0n, 1n, target, 0n);
  values.push(1n, 0n, 0n); // return, then no functions
  return {
    sierra_program: [...version, ...compress(values)].map((felt) => `0x${felt.toString(16)}`),
    sierra_program_debug_info: {
      user_func_names: [
        [0, 'a::b::blake2s_compress'],
        [1, 'a::b::blake2s_finalize'],
        [2, 'a::b::my_blake2s_compress_test'],
      ],
    },
    contract_class_version: '0.1.0',
    entry_points_by_type: {},
    abi: [],
  };
}

const valuesOf = (contract: SierraClass): bigint[] => decompress(contract.sierra_program.slice(6).map(BigInt));

describe('compressed felts', () => {
  test('compress is undone by decompress', () => {
    const value = fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 251n));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 600 }), (values) => {
        expect(decompress(compress(values))).toEqual(values);
      }),
    );
  });

  test('a list that was cut, or has a digit too many, is refused', () => {
    const felts = compress(Array.from({ length: 100 }, (_, i) => BigInt(i)));
    expect(() => decompress(felts.slice(0, -1))).toThrow('values are missing');
    const last = felts.length - 1;
    expect(() => decompress(felts.map((felt, i) => (i === last ? felt + 256n ** 25n : felt)))).toThrow('digits left');
    expect(() => decompress([1n])).toThrow('too short');
  });

  test('short strings', () => {
    expect(decodeShortString(encodeShortString('function_call'))).toBe('function_call');
  });
});

describe('rewriteSierra', () => {
  test('calls of the stand-ins become libfuncs, fall-through targets are widened, other targets stay', () => {
    const { contract, rewrite } = rewriteSierra(
      programOf(
        [['function_call', 0n], ['function_call', 1n], ['function_call', 2n], ['felt252_add']],
        [FALL_THROUGH_32, 7n, FALL_THROUGH_32],
      ),
    );
    expect(rewrite).toMatchObject({
      statements: 4,
      fallThroughs: 2,
      replaced: { blake2s_compress: 1, blake2s_finalize: 1 },
      libfuncs: ['blake2s_compress', 'blake2s_finalize', 'felt252_add', 'function_call'],
    });
    const values = valuesOf(contract);
    expect(values.filter((v) => v === 0xffffffffffffffffn)).toHaveLength(2);
    expect(values).not.toContain(FALL_THROUGH_32);
    expect(values).toContain(7n);
    expect(contract.sierra_program.slice(0, 3).map(BigInt)).toEqual([1n, 8n, 0n]);
    expect(contract.sierra_program_debug_info).toBeUndefined();
  });

  test('without names nothing is replaced', () => {
    const { sierra_program_debug_info: _names, ...nameless } = programOf([['function_call', 0n]], []);
    expect(rewriteSierra(nameless).rewrite.replaced).toEqual({});
  });

  test('another version and a program that ends early are refused', () => {
    expect(() => rewriteSierra(programOf([], [], [1n, 7n, 0n, 2n, 9n, 0n]))).toThrow('version');
    const cut = programOf([['felt252_add']], [1n]);
    const values = valuesOf(cut).slice(0, -4);
    expect(() => rewriteSierra({ ...cut, sierra_program: [...HEADER_16, ...compress(values)].map(String) })).toThrow('ends early');
  });
});
