// A small WebAssembly assembler: code is a tree of instructions, a function is a list of statements over typed locals, a module
// becomes bytes or text. Source: WebAssembly Core Specification 2.0, §5 (binary), §6 (text); threads proposal (shared memory).
// Caveat: only the instructions that gpu/wasm uses, one memory (imported), no tables; the engine's validator is the type checker.

import {
  BR_IF,
  type Code,
  code,
  GLOBAL_GET,
  IF,
  i32,
  LOCAL_GET,
  LOCAL_SET,
  LOOP,
  NO_ARGS,
  number,
  type Operation,
  RETURN,
  type ValueType,
} from './instructions.ts';

export { type Code, f64x2, i8x16, i32, i32x4, i64x2, type ValueType, v128 } from './instructions.ts';

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
