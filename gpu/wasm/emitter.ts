// A small WebAssembly assembler: code is a tree of instructions, a function is a list of statements over typed locals, a module
// becomes bytes or text. Source: WebAssembly Core Specification 2.0, §5 (binary), §6 (text); threads proposal (shared memory).
// Caveat: only the instructions that gpu/wasm uses, one memory (imported), no tables; the engine's validator is the type checker.

export type ValueType = 'i32' | 'v128';

/** An instruction with its operands. `bytes` follow the operands' code; a block's `body` follows its bytes. */
export interface Code {
  readonly name: string;
  readonly bytes: readonly number[];
  readonly args: readonly Code[];
  readonly type: ValueType | 'none';
  readonly body?: readonly Code[];
  readonly otherwise?: readonly Code[];
}

/** unsigned LEB128 */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    if (rest === 0) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** signed LEB128 of a 32-bit value */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; ) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && !(low & 0x40)) || (rest === -1 && low & 0x40)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

const simd = (code: number): number[] => [0xfd, ...unsigned(code)];
const plain =
  (name: string, bytes: readonly number[], type: Code['type']) =>
  (...args: Code[]): Code => ({ name, bytes, args, type });
const number = (x: Code | number): Code => (typeof x === 'number' ? i32.const(x) : x);
const binary = (name: string, opcode: number) => {
  const make = plain(`i32.${name}`, [opcode], 'i32');
  return (a: Code | number, b: Code | number): Code => make(number(a), number(b));
};
/** loads and stores: alignment (log2) and offset follow the opcode; `offset` is unsigned and constant */
const access =
  (name: string, opcode: readonly number[], align: number, type: Code['type'], lanes = false) =>
  (args: Code[], offset: number, lane?: number): Code => ({
    name: `${name} offset=${offset}${lane === undefined ? '' : ` ${lane}`}`,
    bytes: [...opcode, align, ...unsigned(offset), ...(lanes ? [lane!] : [])],
    args,
    type,
  });
const LOAD32 = access('i32.load', [0x28], 2, 'i32');
const STORE32 = access('i32.store', [0x36], 2, 'none');

export const i32 = {
  const: (value: number): Code => ({ name: `i32.const ${value | 0}`, bytes: [0x41, ...signed(value)], args: [], type: 'i32' }),
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
  select: (a: Code, b: Code, condition: Code): Code => ({ name: 'select', bytes: [0x1b], args: [a, b, condition], type: 'i32' }),
  load: (pointer: Code | number, offset = 0): Code => LOAD32([number(pointer)], offset),
  store: (pointer: Code | number, value: Code | number, offset = 0): Code => STORE32([number(pointer), number(value)], offset),
};

const LOAD = access('v128.load', simd(0x00), 4, 'v128');
const LOAD32_SPLAT = access('v128.load32_splat', simd(0x09), 2, 'v128');
const LOAD64_SPLAT = access('v128.load64_splat', simd(0x0a), 3, 'v128');
const LOAD64_ZERO = access('v128.load64_zero', simd(0x5d), 3, 'v128');
const STORE = access('v128.store', simd(0x0b), 4, 'none');
const LOAD32_LANE = access('v128.load32_lane', simd(0x56), 2, 'v128', true);
const STORE32_LANE = access('v128.store32_lane', simd(0x5a), 2, 'none', true);
const wide = (name: string, opcode: number, type: Code['type'] = 'v128') => plain(name, simd(opcode), type);
const shift = (name: string, opcode: number) => {
  const make = wide(name, opcode);
  return (a: Code, count: Code | number): Code => make(a, number(count));
};

export const v128 = {
  load: (pointer: Code | number, offset = 0): Code => LOAD([number(pointer)], offset),
  load32Splat: (pointer: Code | number, offset = 0): Code => LOAD32_SPLAT([number(pointer)], offset),
  load64Splat: (pointer: Code | number, offset = 0): Code => LOAD64_SPLAT([number(pointer)], offset),
  load64Zero: (pointer: Code | number, offset = 0): Code => LOAD64_ZERO([number(pointer)], offset),
  load32Lane: (pointer: Code | number, into: Code, lane: number, offset = 0): Code => LOAD32_LANE([number(pointer), into], offset, lane),
  store: (pointer: Code | number, value: Code, offset = 0): Code => STORE([number(pointer), value], offset),
  store32Lane: (pointer: Code | number, value: Code, lane: number, offset = 0): Code =>
    STORE32_LANE([number(pointer), value], offset, lane),
  /** four 32-bit lanes */
  const: (a: number, b = a, c = a, d = a): Code => {
    const words = [a, b, c, d];
    return {
      name: `v128.const i32x4 ${words.map((x) => `0x${(x >>> 0).toString(16)}`).join(' ')}`,
      bytes: [...simd(0x0c), ...words.flatMap((x) => [0, 8, 16, 24].map((k) => (x >>> k) & 255))],
      args: [],
      type: 'v128',
    };
  },
  and: wide('v128.and', 0x4e),
  or: wide('v128.or', 0x50),
  xor: wide('v128.xor', 0x51),
  /** bits of `a` where `mask` is set, else of `b` */
  bitselect: (a: Code, b: Code, mask: Code): Code => wide('v128.bitselect', 0x52)(a, b, mask),
  /** 1 if any bit is set */
  anyTrue: wide('v128.any_true', 0x53, 'i32'),
};

export const i32x4 = {
  splat: (value: Code | number): Code => wide('i32x4.splat', 0x11)(number(value)),
  extractLane: (a: Code, lane: number): Code => ({
    name: `i32x4.extract_lane ${lane}`,
    bytes: [...simd(0x1b), lane],
    args: [a],
    type: 'i32',
  }),
  eq: wide('i32x4.eq', 0x37),
  shl: shift('i32x4.shl', 0xab),
  shrS: shift('i32x4.shr_s', 0xac),
  shrU: shift('i32x4.shr_u', 0xad),
  add: wide('i32x4.add', 0xae),
  sub: wide('i32x4.sub', 0xb1),
  minU: wide('i32x4.min_u', 0xb7),
  bitmask: wide('i32x4.bitmask', 0xa4, 'i32'),
  /** lanes 0-3 of `a` and 4-7 of `b`, picked one by one */
  shuffle: (a: Code, b: Code, lanes: readonly number[]): Code => ({
    name: `i8x16.shuffle ${lanes.flatMap((l) => [4 * l, 4 * l + 1, 4 * l + 2, 4 * l + 3]).join(' ')}`,
    bytes: [...simd(0x0d), ...lanes.flatMap((l) => [4 * l, 4 * l + 1, 4 * l + 2, 4 * l + 3])],
    args: [a, b],
    type: 'v128',
  }),
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
    this.emit({ name: `local.set ${target.index}`, bytes: [0x21, ...unsigned(target.index)], args: [value], type: 'none' });
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
      this.emit({ name: 'br_if 0', bytes: [0x0d, 0], args: [again], type: 'none' });
    });
    this.emit({ name: 'loop', bytes: [0x03, 0x40], args: [], type: 'none', body: inner });
  }

  if(condition: Code, then: () => void, otherwise?: () => void): void {
    const body = this.#block(then);
    this.emit({
      name: 'if',
      bytes: [0x04, 0x40],
      args: [condition],
      type: 'none',
      body,
      ...(otherwise ? { otherwise: this.#block(otherwise) } : {}),
    });
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
    this.emit({ name: 'return', bytes: [0x0f], args: value ? [value] : [], type: 'none' });
  }
}

const variable = (index: number, type: ValueType): Variable => ({
  index,
  type,
  value: { name: `local.get ${index}`, bytes: [0x20, ...unsigned(index)], args: [], type },
});

const TYPE_BYTE = { i32: 0x7f, v128: 0x7b } as const;
const PAGE_LIMIT = 65536;

/** A module that imports `env.memory` and the immutable global `env.scratch` (this thread's scratch area), and exports every function. */
export class ModuleBuilder {
  readonly functions: FunctionBuilder[] = [];

  /** this thread's scratch address */
  readonly scratch: Code = { name: 'global.get 0', bytes: [0x23, 0], args: [], type: 'i32' };

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
    return (...args) => ({ name: `call ${index} (;${name};)`, bytes: [0x10, ...unsigned(index)], args: args.map(number), type: result });
  }

  /** the binary module; `shared` says which kind of memory it imports, `pages` that memory's maximum */
  toBytes(shared: boolean, pages = PAGE_LIMIT): Uint8Array<ArrayBuffer> {
    const section = (id: number, content: number[]): number[] => [id, ...unsigned(content.length), ...content];
    const vector = (items: readonly number[][]): number[] => [...unsigned(items.length), ...items.flat()];
    const text = (s: string): number[] => [...unsigned(s.length), ...new TextEncoder().encode(s)];
    const signature = (f: FunctionBuilder): string => [f.result, ...f.paramTypes].join(' ');
    const signatures = [...new Set(this.functions.map(signature))];
    const out: number[] = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    const types = signatures.map((s) => {
      const [result, ...params] = s.split(' ') as (ValueType | 'none')[];
      const byte = (t: ValueType | 'none'): number => TYPE_BYTE[t as ValueType];
      return [0x60, ...vector(params.map((t) => [byte(t)])), ...vector(result === 'none' ? [] : [[byte(result!)]])];
    });
    const imports = [
      [...text('env'), ...text('memory'), 0x02, shared ? 0x03 : 0x01, ...unsigned(1), ...unsigned(pages)],
      [...text('env'), ...text('scratch'), 0x03, TYPE_BYTE.i32, 0],
    ];
    append(out, section(1, vector(types)));
    append(out, section(2, vector(imports)));
    append(out, section(3, vector(this.functions.map((f) => unsigned(signatures.indexOf(signature(f)))))));
    append(out, section(7, vector(this.functions.map((f, i) => [...text(f.name), 0x00, ...unsigned(i)]))));
    const bodies: number[] = unsigned(this.functions.length);
    for (const f of this.functions) {
      const body: number[] = [];
      const runs: { type: ValueType; count: number }[] = [];
      for (const type of f.locals) {
        const last = runs.at(-1);
        if (last?.type === type) last.count++;
        else runs.push({ type, count: 1 });
      }
      append(body, vector(runs.map(({ type, count }) => [...unsigned(count), TYPE_BYTE[type]])));
      for (const statement of f.statements) encode(statement, body);
      body.push(0x0b);
      append(bodies, unsigned(body.length));
      append(bodies, body);
    }
    append(out, [10, ...unsigned(bodies.length)]);
    append(out, bodies);
    return Uint8Array.from(out);
  }

  /** the module in folded text form, for review */
  toText(): string {
    const lines = ['(module', '  (import "env" "memory" (memory 1))', '  (import "env" "scratch" (global i32))'];
    for (const f of this.functions) {
      const params = f.paramTypes.length ? ` (param ${f.paramTypes.join(' ')})` : '';
      lines.push(`  (func (export "${f.name}")${params}${f.result === 'none' ? '' : ` (result ${f.result})`}`);
      if (f.locals.length) lines.push(`    (local ${f.locals.join(' ')})`);
      for (const statement of f.statements) print(statement, 4, lines);
      lines[lines.length - 1] += ')';
    }
    return `${lines.join('\n')})\n`;
  }
}

function append(to: number[], from: readonly number[]): void {
  for (const byte of from) to.push(byte);
}

function encode(code: Code, out: number[]): void {
  for (const arg of code.args) encode(arg, out);
  append(out, code.bytes);
  if (!code.body) return;
  for (const statement of code.body) encode(statement, out);
  if (code.otherwise) {
    out.push(0x05);
    for (const statement of code.otherwise) encode(statement, out);
  }
  out.push(0x0b);
}

const LINE = 130;
const inline = (code: Code): string => `(${[code.name, ...code.args.map(inline)].join(' ')})`;

function print(code: Code, indent: number, lines: string[]): void {
  const pad = ' '.repeat(indent);
  if (!code.body) {
    const line = inline(code);
    if (line.length + indent <= LINE) {
      lines.push(pad + line);
      return;
    }
    lines.push(`${pad}(${code.name}`);
    for (const arg of code.args) print(arg, indent + 2, lines);
  } else {
    lines.push(`${pad}(${code.name}`);
    for (const arg of code.args) print(arg, indent + 2, lines);
    const part = (name: string, body: readonly Code[]): void => {
      if (name) lines.push(`${pad}  (${name}`);
      for (const statement of body) print(statement, indent + (name ? 4 : 2), lines);
      if (name) lines[lines.length - 1] += ')';
    };
    part(code.name === 'if' ? 'then' : '', code.body);
    if (code.otherwise) part('else', code.otherwise);
  }
  lines[lines.length - 1] += ')';
}
