// A small WebAssembly assembler: code is a tree of instructions, a function is a list of statements over typed locals, a module
// becomes bytes or text. Source: WebAssembly Core Specification 2.0, §5 (binary), §6 (text); threads proposal (shared memory).
// Caveat: only the instructions that gpu/wasm uses, one memory (imported), no tables; the engine's validator is the type checker.

export type ValueType = 'i32' | 'v128';

/** How the immediates `x`, `y`, `words` of an instruction follow its opcode. */
type Form = 'none' | 'signed' | 'unsigned' | 'memory' | 'memoryLane' | 'lane' | 'words' | 'shuffle' | 'block';

interface Operation {
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

/** Bytes that grow. */
class Bytes {
  #data = new Uint8Array(1 << 12);
  length = 0;

  byte(value: number): void {
    if (this.length === this.#data.length) this.#grow(1);
    this.#data[this.length++] = value;
  }

  #grow(more: number): void {
    const larger = new Uint8Array(2 * this.#data.length + more);
    larger.set(this.view());
    this.#data = larger;
  }

  list(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) this.byte(values[i]!);
  }

  append(other: Bytes): void {
    if (this.length + other.length > this.#data.length) this.#grow(other.length);
    this.#data.set(other.view(), this.length);
    this.length += other.length;
  }

  /** unsigned LEB128, below 2^32 */
  unsigned(value: number): void {
    let rest = value >>> 0;
    for (; rest > 0x7f; rest >>>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  /** signed LEB128 of a 32-bit value */
  signed(value: number): void {
    let rest = value | 0;
    for (; rest < -64 || rest > 63; rest >>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest & 0x7f);
  }

  text(value: string): void {
    this.unsigned(value.length); // names are ASCII
    for (let i = 0; i < value.length; i++) this.byte(value.charCodeAt(i));
  }

  view(): Uint8Array<ArrayBuffer> {
    return this.#data.subarray(0, this.length);
  }
}

const NO_ARGS: readonly Code[] = [];
// one shape of object for all instructions: the encoder stays monomorphic
const code = (operation: Operation, args: readonly Code[], x = 0, y = 0, words?: readonly number[]): Code => ({
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
const number = (x: Code | number): Code => (typeof x === 'number' ? i32.const(x) : x);
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

const LOCAL_GET: Record<ValueType, Operation> = {
  i32: { name: 'local.get', opcode: [0x20], form: 'unsigned', type: 'i32' },
  v128: { name: 'local.get', opcode: [0x20], form: 'unsigned', type: 'v128' },
};
const LOCAL_SET: Operation = { name: 'local.set', opcode: [0x21], form: 'unsigned', type: 'none' };
const GLOBAL_GET: Operation = { name: 'global.get', opcode: [0x23], form: 'unsigned', type: 'i32' };
const BR_IF: Operation = { name: 'br_if', opcode: [0x0d], form: 'unsigned', type: 'none' };
const LOOP: Operation = { name: 'loop', opcode: [0x03, 0x40], form: 'block', type: 'none' };
const IF: Operation = { name: 'if', opcode: [0x04, 0x40], form: 'block', type: 'none' };
const RETURN: Operation = { name: 'return', opcode: [0x0f], form: 'none', type: 'none' };

/** A local variable of a function under construction. */
export interface Variable {
  readonly index: number;
  readonly type: ValueType;
  /** local.get */
  readonly value: Code;
}

/** Builds one function: statements are appended in order, blocks nest by closures. */
export class FunctionBuilder {
  readonly locals: ValueType[] = [];
  readonly statements: Code[] = [];
  #sink: Code[] = this.statements;
  readonly params: readonly Variable[];

  constructor(
    readonly name: string,
    readonly paramTypes: readonly ValueType[],
    readonly result: ValueType | 'none',
  ) {
    this.params = paramTypes.map((type, index) => variable(index, type));
  }

  emit(code: Code): void {
    this.#sink.push(code);
  }

  variable(type: ValueType, initial?: Code): Variable {
    const made = variable(this.paramTypes.length + this.locals.push(type) - 1, type);
    if (initial) this.set(made, initial);
    return made;
  }

  set(target: Variable, value: Code): void {
    this.emit(code(LOCAL_SET, [value], target.index));
  }

  /** evaluates `value` now, and gives back a name for it */
  let(value: Code): Code {
    return this.variable(value.type as ValueType, value).value;
  }

  #block(body: () => void): Code[] {
    const outer = this.#sink;
    const inner: Code[] = [];
    this.#sink = inner;
    body();
    this.#sink = outer;
    return inner;
  }

  /** runs `body` at least once, and again while the condition that it returns is not 0 */
  repeat(body: () => Code): void {
    const inner = this.#block(() => {
      const again = body();
      this.emit(code(BR_IF, [again], 0));
    });
    this.emit({ ...code(LOOP, NO_ARGS), body: inner });
  }

  if(condition: Code, then: () => void, otherwise?: () => void): void {
    const body = this.#block(then);
    this.emit({ ...code(IF, [condition]), body, otherwise: otherwise && this.#block(otherwise) });
  }

  /** runs `body` while the condition holds */
  while(condition: () => Code, body: () => void): void {
    this.if(condition(), () =>
      this.repeat(() => {
        body();
        return condition();
      }),
    );
  }

  /** counts a new variable from `from` while it is below `to`, by `step` */
  for(from: Code | number, to: Code | number, step: Code | number, body: (i: Code) => void): void {
    const i = this.variable('i32', number(from));
    this.while(
      () => i32.ltU(i.value, to),
      () => {
        body(i.value);
        this.set(i, i32.add(i.value, step));
      },
    );
  }

  return(value?: Code): void {
    this.emit(code(RETURN, value ? [value] : NO_ARGS));
  }
}

const variable = (index: number, type: ValueType): Variable => ({
  index,
  type,
  value: code(LOCAL_GET[type], NO_ARGS, index),
});

const TYPE_BYTE = { i32: 0x7f, v128: 0x7b } as const;
const PAGE_LIMIT = 65536;

/** A module that imports `env.memory` and the immutable global `env.scratch` (this thread's scratch area), and exports every function. */
export class ModuleBuilder {
  readonly functions: FunctionBuilder[] = [];

  /** this thread's scratch address */
  readonly scratch: Code = code(GLOBAL_GET, NO_ARGS, 0);

  /** defines a function; `define` gets a value for every parameter */
  function(
    name: string,
    params: readonly ValueType[],
    define: (f: FunctionBuilder, ...params: Variable[]) => void,
    result: ValueType | 'none' = 'none',
  ): (...args: (Code | number)[]) => Code {
    const f = new FunctionBuilder(name, params, result);
    const index = this.functions.push(f) - 1;
    define(f, ...f.params);
    return this.callOf(index);
  }

  /** a call of function `index`, which may be the one under construction */
  callOf(index: number): (...args: (Code | number)[]) => Code {
    const { name, result } = this.functions[index]!;
    const call: Operation = { name: `call (;${name};)`, opcode: [0x10], form: 'unsigned', type: result };
    return (...args) => code(call, args.map(number), index);
  }

  /** the binary module; `shared` says which kind of memory it imports, `pages` that memory's maximum */
  toBytes(shared: boolean, pages = PAGE_LIMIT): Uint8Array<ArrayBuffer> {
    const out = new Bytes();
    out.list([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    const section = (id: number, fill: (content: Bytes) => void): void => {
      const content = new Bytes();
      fill(content);
      out.byte(id);
      out.unsigned(content.length);
      out.append(content);
    };
    const signature = (f: FunctionBuilder): string => [f.result, ...f.paramTypes].join(' ');
    const signatures = [...new Set(this.functions.map(signature))];
    section(1, (types) => {
      types.unsigned(signatures.length);
      for (const text of signatures) {
        const [result, ...params] = text.split(' ') as (ValueType | 'none')[];
        types.byte(0x60);
        types.unsigned(params.length);
        for (const param of params) types.byte(TYPE_BYTE[param as ValueType]);
        types.list(result === 'none' ? [0] : [1, TYPE_BYTE[result!]]);
      }
    });
    section(2, (imports) => {
      imports.unsigned(2);
      imports.text('env');
      imports.text('memory');
      imports.list([0x02, shared ? 0x03 : 0x01, 1]);
      imports.unsigned(pages);
      imports.text('env');
      imports.text('scratch');
      imports.list([0x03, TYPE_BYTE.i32, 0]);
    });
    section(3, (functions) => {
      functions.unsigned(this.functions.length);
      for (const f of this.functions) functions.unsigned(signatures.indexOf(signature(f)));
    });
    section(7, (exports) => {
      exports.unsigned(this.functions.length);
      for (const [i, f] of this.functions.entries()) {
        exports.text(f.name);
        exports.byte(0);
        exports.unsigned(i);
      }
    });
    section(10, (bodies) => {
      bodies.unsigned(this.functions.length);
      for (const f of this.functions) {
        const body = new Bytes();
        encodeLocals(f.locals, body);
        for (const statement of f.statements) encode(statement, body);
        body.byte(END);
        bodies.unsigned(body.length);
        bodies.append(body);
      }
    });
    return out.view().slice();
  }

  /** the module in folded text form, for review; `only` names the functions that are wanted */
  toText(only?: readonly string[]): string {
    const lines = ['(module', '  (import "env" "memory" (memory 1))', '  (import "env" "scratch" (global i32))'];
    for (const f of this.functions) {
      if (only && !only.includes(f.name)) continue;
      const params = f.paramTypes.length ? ` (param ${f.paramTypes.join(' ')})` : '';
      lines.push(`  (func (export "${f.name}")${params}${f.result === 'none' ? '' : ` (result ${f.result})`}`);
      if (f.locals.length) lines.push(`    (local ${f.locals.join(' ')})`);
      for (const statement of f.statements) print(statement, 4, lines);
      lines[lines.length - 1] += ')';
    }
    return `${lines.join('\n')})\n`;
  }
}

const ELSE = 0x05;
const END = 0x0b;

/** runs of locals of one type */
function encodeLocals(locals: readonly ValueType[], out: Bytes): void {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  out.unsigned(runs.length);
  for (const { type, count } of runs) {
    out.unsigned(count);
    out.byte(TYPE_BYTE[type]);
  }
}

function encode(code: Code, out: Bytes): void {
  const { operation, args, x } = code;
  for (let i = 0; i < args.length; i++) encode(args[i]!, out);
  const { opcode, form } = operation;
  for (let i = 0; i < opcode.length; i++) out.byte(opcode[i]!);
  switch (form) {
    case 'none':
      return;
    case 'unsigned':
      out.unsigned(x);
      return;
    case 'signed':
      out.signed(x);
      return;
    case 'memory':
      out.byte(operation.align!);
      out.unsigned(x);
      return;
    case 'memoryLane':
      out.byte(operation.align!);
      out.unsigned(x);
      out.byte(code.y);
      return;
    case 'lane':
      out.byte(code.y);
      return;
    case 'words':
      for (const word of code.words!) for (let shift = 0; shift < 32; shift += 8) out.byte((word >>> shift) & 255);
      return;
    case 'shuffle':
      for (const lane of code.words!) for (let byte = 0; byte < 4; byte++) out.byte(4 * lane + byte);
      return;
    case 'block':
      for (const statement of code.body!) encode(statement, out);
      if (code.otherwise) {
        out.byte(ELSE);
        for (const statement of code.otherwise) encode(statement, out);
      }
      out.byte(END);
  }
}

/** an instruction's name and immediates as text */
function title({ operation: { name, form }, x, y, words }: Code): string {
  if (form === 'signed' || form === 'unsigned') return `${name} ${x}`;
  if (form === 'memory') return x ? `${name} offset=${x}` : name;
  if (form === 'memoryLane') return `${name} offset=${x} ${y}`;
  if (form === 'lane') return `${name} ${y}`;
  if (form === 'words') return `${name} ${words!.map((word) => `0x${(word >>> 0).toString(16)}`).join(' ')}`;
  if (form === 'shuffle') return `${name} ${words!.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)).join(' ')}`;
  return name;
}

const LINE = 130;
const inline = (code: Code): string => `(${[title(code), ...code.args.map(inline)].join(' ')})`;

function print(code: Code, indent: number, lines: string[]): void {
  const pad = ' '.repeat(indent);
  if (!code.body) {
    const line = inline(code);
    if (line.length + indent <= LINE) {
      lines.push(pad + line);
      return;
    }
    lines.push(`${pad}(${title(code)}`);
    for (const arg of code.args) print(arg, indent + 2, lines);
  } else {
    lines.push(`${pad}(${title(code)}`);
    for (const arg of code.args) print(arg, indent + 2, lines);
    const part = (name: string, body: readonly Code[]): void => {
      if (name) lines.push(`${pad}  (${name}`);
      for (const statement of body) print(statement, indent + (name ? 4 : 2), lines);
      if (name) lines[lines.length - 1] += ')';
    };
    part(code.operation === IF ? 'then' : '', code.body);
    if (code.otherwise) part('else', code.otherwise);
  }
  lines[lines.length - 1] += ')';
}
