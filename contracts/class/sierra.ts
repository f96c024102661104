// Post-processing of a contract's Sierra program as npm wasm-cairo (Cairo 2.8.2, a 32-bit build) writes it: felts are decoded, rewritten
// and encoded again, so that universal-sierra-compiler accepts it and Blake2s is the network's own libfunc. Source: DESIGN §10; the
// encoding is that of cairo-lang-starknet-classes, `felt252_serde`. Caveat: it knows version 1.6.0 of that encoding and refuses others.
import { ZkvmError } from '../../fri/core/errors.ts';
import { keccak256 } from './keccak.ts';

const PRIME = 2n ** 251n + 17n * 2n ** 192n + 1n;

/** a generic argument's tag shares its felt with the length of a type's argument list */
const LENGTH_MASK = (1n << 128n) - 1n;

/** the target "next statement" of a branch, as a 32-bit compiler writes it */
const FALL_THROUGH_32 = 0xffffffffn;
/** the same of a 64-bit compiler */
export const FALL_THROUGH = 0xffffffffffffffffn;

/** Sierra and compiler version, three felts each, as the first felts of a program */
const VERSION_IN = [1n, 6n, 0n, 2n, 8n, 2n];
/** 1.7 is the least that the network bills by Sierra gas, 1.8 the least that has Blake2s */
const VERSION_OUT = [1n, 8n, 0n, 2n, 17n, 0n];
/** the Sierra version that a rewritten class declares */
export const SIERRA_VERSION = '1.8.0';
const HEADER = VERSION_IN.length;

/** never-inlined functions of the sources that become the libfuncs of the same name */
const STAND_IN = /::(blake2s_compress|blake2s_finalize)$/;

export interface SierraClass {
  sierra_program: string[];
  sierra_program_debug_info?: { user_func_names: [number, string][] };
  contract_class_version: string;
  entry_points_by_type: unknown;
  abi: unknown;
}

/** What was changed, and what the program uses. */
export interface Rewrite {
  statements: number;
  fallThroughs: number;
  /** calls replaced, by libfunc */
  replaced: Record<string, number>;
  /** generic ids of all libfuncs that the program declares, sorted */
  libfuncs: string[];
  /** felts of the rewritten program */
  felts: number;
}

const broken = (what: string, why?: string): ZkvmError =>
  new ZkvmError('bug', 'ZK0720', {
    what: `the Sierra program cannot be read: ${what}`,
    ...(why && { why }),
    fix: 'use wasm-cairo 0.10.2, the version this project is pinned to',
  });

/** how many digits in base `size` a felt holds */
function digitsPerFelt(size: bigint): number {
  let digits = 0;
  for (let power = size; power < PRIME; power *= size) digits++;
  return digits;
}

/** The values behind a compressed list: a code book, its padding, the count, then digits in the base of the book's padded size. */
export function decompress(felts: readonly bigint[]): bigint[] {
  if (felts.length < 3) throw broken('it is too short');
  const count = Number(felts[0]);
  const size = BigInt(count) + felts[1]!;
  const book = felts.slice(2, 2 + count);
  let left = Number(felts[2 + count]);
  const perFelt = digitsPerFelt(size);
  const values: bigint[] = [];
  for (let at = 3 + count; at < felts.length; at++) {
    let felt = felts[at]!;
    const here = Math.min(perFelt, left);
    for (let i = 0; i < here; i++, felt /= size) {
      const value = book[Number(felt % size)];
      if (value === undefined) throw broken('a digit is outside the code book');
      values.push(value);
    }
    if (felt !== 0n) throw broken('a felt has digits left');
    left -= here;
  }
  if (left !== 0) throw broken(`${left} values are missing`);
  return values;
}

/** The inverse of `decompress`: the book in order of first use, padded to a power of two of at least 256. */
export function compress(values: readonly bigint[]): bigint[] {
  const book = new Map<bigint, bigint>();
  for (const value of values) if (!book.has(value)) book.set(value, BigInt(book.size));
  let padded = 256;
  while (padded < book.size) padded *= 2;
  const size = BigInt(padded);
  const perFelt = digitsPerFelt(size);
  const felts = [BigInt(book.size), size - BigInt(book.size)];
  for (const value of book.keys()) felts.push(value);
  felts.push(BigInt(values.length));
  for (let start = 0; start < values.length; start += perFelt) {
    let felt = 0n;
    for (let i = Math.min(start + perFelt, values.length) - 1; i >= start; i--) felt = felt * size + book.get(values[i]!)!;
    felts.push(felt);
  }
  return felts;
}

/** a short string of ASCII characters as a felt, first character highest */
export const encodeShortString = (text: string): bigint => [...text].reduce((felt, c) => felt * 256n + BigInt(c.charCodeAt(0)), 0n);

/** the inverse of `encodeShortString` */
export function decodeShortString(felt: bigint): string {
  let text = '';
  for (let rest = felt; rest > 0n; rest >>= 8n) text = String.fromCharCode(Number(rest & 0xffn)) + text;
  return text;
}

/** Starknet's keccak of a text: 250 bits */
function starknetKeccak(text: string): bigint {
  const hex = Array.from(keccak256(new TextEncoder().encode(text)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return BigInt(`0x${hex}`) & (2n ** 250n - 1n);
}

/** generic ids that do not fit into a short string stand as their hash */
const LONG_IDS = new Map(
  [
    'storage_address_from_base_and_offset',
    'contract_address_try_from_felt252',
    'storage_base_address_from_felt252',
    'storage_address_try_from_felt252',
  ].map((name) => [starknetKeccak(name), name]),
);

const genericId = (id: bigint): string => LONG_IDS.get(id) ?? decodeShortString(id);

interface LibfuncDeclaration {
  id: bigint;
  /** tag and value of each generic argument */
  args: [bigint, bigint][];
}

/** Walks the values of a program: types, libfuncs, statements, functions. */
class Cursor {
  at = 0;
  constructor(readonly values: readonly bigint[]) {}

  next(): bigint {
    const value = this.values[this.at++];
    if (value === undefined) throw broken('it ends early');
    return value;
  }
}

function skipTypes(program: Cursor): void {
  for (let left = Number(program.next()); left > 0; left--) {
    program.next();
    const args = Number(program.next() & LENGTH_MASK);
    program.at += 2 * args;
  }
}

function readLibfuncs(program: Cursor): LibfuncDeclaration[] {
  return Array.from({ length: Number(program.next()) }, () => {
    const id = program.next();
    return { id, args: Array.from({ length: Number(program.next()) }, (): [bigint, bigint] => [program.next(), program.next()]) };
  });
}

/** where the statements of a program begin */
export function endOfLibfuncs(values: readonly bigint[]): number {
  const program = new Cursor(values);
  skipTypes(program);
  readLibfuncs(program);
  return program.at;
}

/** Copies the statements, widening the fall-through targets. */
function rewriteStatements(program: Cursor, out: bigint[]): { statements: number; fallThroughs: number } {
  const copy = (): bigint => {
    const value = program.next();
    out.push(value);
    return value;
  };
  const copyList = (): void => {
    for (let left = Number(copy()); left > 0; left--) copy();
  };
  const RETURN = 1n;
  const statements = Number(copy());
  let fallThroughs = 0;
  for (let i = 0; i < statements; i++) {
    if (copy() === RETURN) {
      copyList();
      continue;
    }
    copy();
    copyList();
    for (let branches = Number(copy()); branches > 0; branches--) {
      const target = program.next();
      if (target === FALL_THROUGH_32) fallThroughs++;
      out.push(target === FALL_THROUGH_32 ? FALL_THROUGH : target);
      copyList();
    }
  }
  return { statements, fallThroughs };
}

/**
 * Rewrites a contract class: fall-through targets, stand-ins of Blake2s, version. The debug information, which is no part of a class
 * hash, is left out of the result.
 * @throws ZK0720 (bug) when the program is not what wasm-cairo 0.10.2 writes
 */
export function rewriteSierra(input: SierraClass): { contract: SierraClass; rewrite: Rewrite } {
  const felts = input.sierra_program.map(BigInt);
  const version = felts.slice(0, HEADER);
  if (version.some((v, i) => v !== VERSION_IN[i])) throw broken(`version ${version.join('.')}`, `expected ${VERSION_IN.join('.')}`);
  const program = new Cursor(decompress(felts.slice(HEADER)));
  skipTypes(program);
  const out = program.values.slice(0, program.at);
  const libfuncs = readLibfuncs(program);

  const names = new Map(input.sierra_program_debug_info?.user_func_names ?? []);
  const replaced: Record<string, number> = {};
  for (const libfunc of libfuncs) {
    if (genericId(libfunc.id) !== 'function_call') continue;
    const standIn = STAND_IN.exec(names.get(Number(libfunc.args[0]![1])) ?? '')?.[1];
    if (!standIn) continue;
    libfunc.id = encodeShortString(standIn);
    libfunc.args = [];
    replaced[standIn] = (replaced[standIn] ?? 0) + 1;
  }
  out.push(BigInt(libfuncs.length));
  for (const { id, args } of libfuncs) out.push(id, BigInt(args.length), ...args.flat());

  const { statements, fallThroughs } = rewriteStatements(program, out);
  for (let i = program.at; i < program.values.length; i++) out.push(program.values[i]!);
  const { sierra_program_debug_info: _names, ...rest } = input;
  const sierra_program = [...VERSION_OUT, ...compress(out)].map((felt) => `0x${felt.toString(16)}`);
  return {
    contract: { ...rest, sierra_program },
    rewrite: {
      statements,
      fallThroughs,
      replaced,
      libfuncs: [...new Set(libfuncs.map(({ id }) => genericId(id)))].sort(),
      felts: sierra_program.length,
    },
  };
}
