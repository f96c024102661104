// The WebAssembly instructions that gpu/wasm uses, as functions that build trees: i32.add(a, b), v128.load(pointer, offset), …
// Source: WebAssembly Core Specification 2.0, §5.4 (opcodes). Caveat: operands are not checked; the engine's validator is the type checker.

export type ValueType = 'i32' | 'v128';

/** How the immediates `x`, `y`, `words` of an instruction follow its opcode. */
type Form = 'none' | 'signed' | 'unsigned' | 'memory' | 'memoryLane' | 'lane' | 'words' | 'shuffle' | 'block';

export interface Operation {
  readonly name: string;
  readonly opcode: readonly number[];
  readonly form: Form;
  readonly type: ValueType | 'none';
  /** log2 of the alignment of a memory access */
  readonly align?: number;
}

/** An instruction with its operands, whose code comes first; a block's `body` follows. */
export interface Code {
  readonly operation: Operation;
  readonly args: readonly Code[];
  /** constant, index or offset */
  readonly x: number;
  /** lane */
  readonly y: number;
  /** four words of a vector, or four lanes of a shuffle */
  readonly words: readonly number[] | undefined;
  readonly body: readonly Code[] | undefined;
  readonly otherwise: readonly Code[] | undefined;
  readonly type: ValueType | 'none';
}

export const NO_ARGS: readonly Code[] = [];
// one shape of object for all instructions: the encoder stays monomorphic
export const code = (operation: Operation, args: readonly Code[], x = 0, y = 0, words?: readonly number[]): Code => ({
  operation,
  args,
  x,
  y,
  words,
  body: undefined,
  otherwise: undefined,
  type: operation.type,
});

/** opcodes from 128 on take two bytes after the prefix */
const simd = (opcode: number): number[] => [0xfd, ...(opcode < 128 ? [opcode] : [(opcode & 0x7f) | 0x80, opcode >> 7])];
const plain = (name: string, opcode: readonly number[], type: Code['type']) => {
  const operation: Operation = { name, opcode, form: 'none', type };
  return (...args: Code[]): Code => code(operation, args);
};
export const number = (x: Code | number): Code => (typeof x === 'number' ? i32.const(x) : x);
const binary = (name: string, opcode: number) => {
  const operation: Operation = { name: `i32.${name}`, opcode: [opcode], form: 'none', type: 'i32' };
  return (a: Code | number, b: Code | number): Code => code(operation, [number(a), number(b)]);
};
const memory = (name: string, opcode: readonly number[], align: number, type: Code['type'], form: Form = 'memory'): Operation => ({
  name,
  opcode,
  form,
  type,
  align,
});

const CONST32: Operation = { name: 'i32.const', opcode: [0x41], form: 'signed', type: 'i32' };
const SELECT: Operation = { name: 'select', opcode: [0x1b], form: 'none', type: 'i32' };
const LOAD32 = memory('i32.load', [0x28], 2, 'i32');
const STORE32 = memory('i32.store', [0x36], 2, 'none');

export const i32 = {
  const: (value: number): Code => code(CONST32, NO_ARGS, value | 0),
  add: binary('add', 0x6a),
  sub: binary('sub', 0x6b),
  mul: binary('mul', 0x6c),
  and: binary('and', 0x71),
  or: binary('or', 0x72),
  xor: binary('xor', 0x73),
  shl: binary('shl', 0x74),
  shrU: binary('shr_u', 0x76),
  eq: binary('eq', 0x46),
  ne: binary('ne', 0x47),
  ltU: binary('lt_u', 0x49),
  gtU: binary('gt_u', 0x4b),
  leU: binary('le_u', 0x4d),
  geU: binary('ge_u', 0x4f),
  eqz: plain('i32.eqz', [0x45], 'i32'),
  clz: plain('i32.clz', [0x67], 'i32'),
  ctz: plain('i32.ctz', [0x68], 'i32'),
  /** `condition` ≠ 0 ? a : b */
  select: (a: Code, b: Code, condition: Code): Code => code(SELECT, [a, b, condition]),
  load: (pointer: Code | number, offset = 0): Code => code(LOAD32, [number(pointer)], offset),
  store: (pointer: Code | number, value: Code | number, offset = 0): Code => code(STORE32, [number(pointer), number(value)], offset),
};

const LOAD = memory('v128.load', simd(0x00), 4, 'v128');
const LOAD32_SPLAT = memory('v128.load32_splat', simd(0x09), 2, 'v128');
const LOAD64_SPLAT = memory('v128.load64_splat', simd(0x0a), 3, 'v128');
const LOAD64_ZERO = memory('v128.load64_zero', simd(0x5d), 3, 'v128');
const STORE = memory('v128.store', simd(0x0b), 4, 'none');
const STORE32_LANE = memory('v128.store32_lane', simd(0x5a), 2, 'none', 'memoryLane');
const CONST128: Operation = { name: 'v128.const i32x4', opcode: simd(0x0c), form: 'words', type: 'v128' };
const EXTRACT: Operation = { name: 'i32x4.extract_lane', opcode: simd(0x1b), form: 'lane', type: 'i32' };
const SHUFFLE: Operation = { name: 'i8x16.shuffle', opcode: simd(0x0d), form: 'shuffle', type: 'v128' };
const wide = (name: string, opcode: number, type: Code['type'] = 'v128') => plain(name, simd(opcode), type);
const shift = (name: string, opcode: number) => {
  const make = wide(name, opcode);
  return (a: Code, count: Code | number): Code => make(a, number(count));
};
const splat = wide('i32x4.splat', 0x11);

export const v128 = {
  load: (pointer: Code | number, offset = 0): Code => code(LOAD, [number(pointer)], offset),
  load32Splat: (pointer: Code | number, offset = 0): Code => code(LOAD32_SPLAT, [number(pointer)], offset),
  load64Splat: (pointer: Code | number, offset = 0): Code => code(LOAD64_SPLAT, [number(pointer)], offset),
  load64Zero: (pointer: Code | number, offset = 0): Code => code(LOAD64_ZERO, [number(pointer)], offset),
  store: (pointer: Code | number, value: Code, offset = 0): Code => code(STORE, [number(pointer), value], offset),
  store32Lane: (pointer: Code | number, value: Code, lane: number, offset = 0): Code =>
    code(STORE32_LANE, [number(pointer), value], offset, lane),
  /** four 32-bit lanes */
  const: (a: number, b = a, c = a, d = a): Code => code(CONST128, NO_ARGS, 0, 0, [a, b, c, d]),
  and: wide('v128.and', 0x4e),
  or: wide('v128.or', 0x50),
  xor: wide('v128.xor', 0x51),
  /** bits of the first operand where the third is set, else of the second */
  bitselect: wide('v128.bitselect', 0x52),
  /** 1 if any bit is set */
  anyTrue: wide('v128.any_true', 0x53, 'i32'),
};

export const i32x4 = {
  splat: (value: Code | number): Code => splat(number(value)),
  extractLane: (a: Code, lane: number): Code => code(EXTRACT, [a], 0, lane),
  eq: wide('i32x4.eq', 0x37),
  bitmask: wide('i32x4.bitmask', 0xa4, 'i32'),
  shl: shift('i32x4.shl', 0xab),
  shrS: shift('i32x4.shr_s', 0xac),
  shrU: shift('i32x4.shr_u', 0xad),
  add: wide('i32x4.add', 0xae),
  sub: wide('i32x4.sub', 0xb1),
  mul: wide('i32x4.mul', 0xb5),
  minU: wide('i32x4.min_u', 0xb7),
  /** products of signed 16-bit lanes, neighbours added */
  dotI16: wide('i32x4.dot_i16x8_s', 0xba),
  /** lanes 0-3 of `a` and 4-7 of `b`, picked one by one */
  shuffle: (a: Code, b: Code, lanes: readonly number[]): Code => code(SHUFFLE, [a, b], 0, 0, lanes),
};

export const i8x16 = { swizzle: wide('i8x16.swizzle', 0x0e) };

export const i64x2 = {
  shrU: shift('i64x2.shr_u', 0xcd),
  add: wide('i64x2.add', 0xce),
  /** 64-bit products of lanes 0, 1 */
  extmulLow: wide('i64x2.extmul_low_i32x4_u', 0xde),
  /** 64-bit products of lanes 2, 3 */
  extmulHigh: wide('i64x2.extmul_high_i32x4_u', 0xdf),
};

export const f64x2 = {
  add: wide('f64x2.add', 0xf0),
  mul: wide('f64x2.mul', 0xf2),
};

export const LOCAL_GET: Record<ValueType, Operation> = {
  i32: { name: 'local.get', opcode: [0x20], form: 'unsigned', type: 'i32' },
  v128: { name: 'local.get', opcode: [0x20], form: 'unsigned', type: 'v128' },
};
export const LOCAL_SET: Operation = { name: 'local.set', opcode: [0x21], form: 'unsigned', type: 'none' };
export const GLOBAL_GET: Operation = { name: 'global.get', opcode: [0x23], form: 'unsigned', type: 'i32' };
export const BR_IF: Operation = { name: 'br_if', opcode: [0x0d], form: 'unsigned', type: 'none' };
export const LOOP: Operation = { name: 'loop', opcode: [0x03, 0x40], form: 'block', type: 'none' };
export const IF: Operation = { name: 'if', opcode: [0x04, 0x40], form: 'block', type: 'none' };
export const RETURN: Operation = { name: 'return', opcode: [0x0f], form: 'none', type: 'none' };
