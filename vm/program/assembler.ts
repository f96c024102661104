// Instruction words from names and back: `instruction` for generators, a text form for people, both read from the ISA table.
// Source: AIR.md §3. Caveat: this is syntax only; what a program may do is checked by the loader and the executor. Names that a source file
// writes are checked by the compiler (`instruction`), names that come from elsewhere when they are encoded (`encodeInstruction`).
import { usage } from '../../fri/core/errors.ts';
import {
  type FlagOf,
  ISA,
  LANES,
  MODE_BASE,
  MODES,
  type Mode,
  type NameOf,
  OPCODES,
  type Opcode,
  opcodeOf,
  P,
  RAM_BASE,
  specOf,
  toField,
  toSigned,
  WORD_FIELDS,
} from './isa.ts';

/** Operand, stride and field values by name, signed. What is left out is 0; counts (`n nw h ob taps rw O`) are 1. */
export type Operands<O extends Opcode> = { readonly [Name in NameOf<O>]?: number };

/** Every value of a decoded instruction. */
export type Values<O extends Opcode> = { readonly [Name in NameOf<O>]: number };

/** A decoded instruction. `flags` are variants, then modes, in table order; `values` has every name that the opcode uses. */
export type Instruction = {
  [O in Opcode]: { readonly opcode: O; readonly flags: readonly FlagOf<O>[]; readonly values: Values<O> };
}[Opcode];

/** any instruction, for who goes through its names */
interface NamedValues {
  readonly opcode: Opcode;
  readonly flags: readonly string[];
  readonly values: Readonly<Record<string, number>>;
}

/** how often an instruction is done */
export const repeatsOf = (instruction: Instruction): number => (instruction.opcode === 'HLT' ? 1 : instruction.values.n);

/** how often something is done: at least 1, and 1 if not given */
export const COUNTS: ReadonlySet<string> = new Set(['n', 'nw', 'h', 'ob', 'taps', 'rw', 'O']);
/** a field of this name is the constant 1 */
const CONSTANT_ONE = 'one';
const FIRST_FIELD = WORD_FIELDS.indexOf('f0');
const OPERANDS = ['a', 'b', 'c'] as const;
const OP_LIMIT = MODE_BASE << MODES.length;

/** Position of a name in the word of an opcode, or -1 if the opcode does not use it. */
function laneOf(opcode: Opcode, name: string): number {
  const spec = specOf(opcode);
  if (name === 'n') return opcode === 'HLT' ? -1 : 1;
  const operand = OPERANDS.find((x) => name === x || name === `${x}s`);
  if (operand) return spec.operands[operand] === 'none' ? -1 : WORD_FIELDS.indexOf(name as 'a');
  const field = spec.fields.indexOf(name);
  return field < 0 ? -1 : FIRST_FIELD + field;
}

/** Names of everything that an opcode takes, in word order. */
export const namesOf = (opcode: Opcode): readonly string[] => NAMES[opcode];

const NAMES = Object.fromEntries(
  (Object.keys(ISA) as Opcode[]).map((opcode) => {
    const spec = specOf(opcode);
    const operands = OPERANDS.filter((x) => spec.operands[x] !== 'none').flatMap((x) => [x, `${x}s`]);
    return [opcode, [...(opcode === 'HLT' ? [] : ['n']), ...operands, ...spec.fields]];
  }),
) as unknown as Readonly<Record<Opcode, readonly string[]>>;

/** True if the mode changes an operand of this opcode: rX and xX need an address, im a scalar that is not RET's. */
export function modeFits(opcode: Opcode, mode: Mode): boolean {
  const { operands } = specOf(opcode);
  if (mode === 'im') return operands.b === 'scalar' && opcode !== 'RET';
  const use = operands[mode[1]!.toLowerCase() as 'a'];
  return use !== 'none' && use !== 'slot';
}

/**
 * One instruction word.
 * @param operands signed integers by name: `n`, `a as b bs c cs` and the field names of the ISA table
 * @param flags variants (`Z X2 LEAD SPLIT`) and modes (`rA … im`)
 * @returns 16 canonical M31 lanes
 * @throws ZK0401 for a name, flag or value that the opcode does not take
 * @example instruction('MAC', { n: 20, a: RAM_BASE, as: 1, b: 300, bs: 1, c: RAM_BASE + 40 }, 'Z')
 */
export const instruction = <O extends Opcode>(opcode: O, operands: Operands<O> = {}, ...flags: readonly FlagOf<O>[]): Uint32Array =>
  encodeInstruction(opcode, operands, flags);

/** `instruction` for names that are not known before it runs: of a text, of a file. @throws ZK0401 */
export function encodeInstruction(
  opcode: Opcode,
  operands: Readonly<Record<string, number | undefined>>,
  flags: readonly string[],
): Uint32Array {
  const spec = specOf(opcode);
  if (!spec) throw usage('ZK0401', { what: `unknown opcode "${opcode}"`, fix: `one of ${OPCODES.join(' ')}` });
  const word = new Uint32Array(LANES);
  let op = spec.code;
  for (const flag of new Set(flags)) {
    const variant = spec.variants.indexOf(flag);
    const mode = MODES.indexOf(flag as Mode);
    if (variant >= 0) op += 1 << variant;
    else if (mode >= 0 && modeFits(opcode, flag as Mode)) op += MODE_BASE << mode;
    else throw usage('ZK0401', { what: `${opcode} has no variant or mode "${flag}"` });
  }
  if (opcode === 'MAC' && op % MODE_BASE === spec.code + 3)
    throw usage('ZK0401', { what: 'MAC with Z and X2: the two exclude each other' });
  word[0] = op;
  word[1] = 1;
  spec.fields.forEach((name, i) => {
    if (COUNTS.has(name) || name === CONSTANT_ONE) word[FIRST_FIELD + i] = 1;
  });
  for (const name in operands) {
    const value = operands[name];
    if (value === undefined) continue;
    const lane = laneOf(opcode, name);
    const limit = COUNTS.has(name) ? P - 1 : (P - 1) / 2;
    if (lane < 0)
      throw usage('ZK0401', { what: `${opcode} does not take "${name}"`, fix: `it takes ${namesOf(opcode).join(' ') || 'nothing'}` });
    if (!Number.isInteger(value) || Math.abs(value) > limit || (COUNTS.has(name) && value < 1) || (name === CONSTANT_ONE && value !== 1))
      throw usage('ZK0401', {
        what: `${opcode} ${name} = ${value} is not a value of that operand`,
        why: COUNTS.has(name) ? 'at least 1' : '',
      });
    word[lane] = toField(value);
  }
  return word;
}

/**
 * Reads an instruction word.
 * @throws ZK0402 if the word is not exactly what `instruction` makes (unknown opcode, unused field that is not 0, count 0, …)
 */
export function decodeInstruction(word: ArrayLike<number>, offset = 0): Instruction {
  const op = word[offset]!;
  const known = op < OP_LIMIT ? opcodeOf.get(op % MODE_BASE) : undefined;
  if (!known) throw usage('ZK0402', { what: `unknown opcode ${op}` });
  const { opcode, variants } = known;
  const flags = specOf(opcode).variants.filter((_, i) => variants[i]);
  for (const [i, mode] of MODES.entries()) if (((op / MODE_BASE) >> i) & 1) flags.push(mode);
  const values: Record<string, number> = {};
  for (const name of namesOf(opcode)) {
    const value = word[offset + laneOf(opcode, name)]!;
    values[name] = COUNTS.has(name) ? value : toSigned(value);
  }
  let again: Uint32Array;
  try {
    again = encodeInstruction(opcode, values, flags);
  } catch (cause) {
    throw usage('ZK0402', { what: `not a valid ${opcode} instruction`, why: (cause as Error).message, cause });
  }
  for (let i = 0; i < LANES; i++) {
    if (again[i] !== word[offset + i])
      throw usage('ZK0402', { what: `${opcode}: lane ${WORD_FIELDS[i]} is ${word[offset + i]}, expected ${again[i]}` });
  }
  return { opcode, flags, values } as Instruction; // the table's names, read with the table
}

const address = (value: number): string => (value >= RAM_BASE ? `ram+${value - RAM_BASE}` : String(value));

/** Text of one instruction word (or of word number `index` of a ROM): `MAC.Z n=3 a=ram+4 as=1 b=300 c=fp+2 nw=2`. */
export function disassemble(word: ArrayLike<number>, index = 0): string {
  const { opcode, flags, values }: NamedValues = decodeInstruction(word, index * LANES);
  const { variants } = specOf(opcode);
  const parts = [[opcode, ...flags.filter((flag) => variants.includes(flag))].join('.')];
  for (const [name, value] of Object.entries(values)) {
    if ((OPERANDS as readonly string[]).includes(name)) {
      const upper = name.toUpperCase();
      const base = [...(flags.includes(`r${upper}`) ? ['fp'] : []), ...(flags.includes(`x${upper}`) ? ['ap'] : [])];
      const text = base.length ? `${base.join('+')}${value < 0 ? '' : '+'}${value}` : address(value);
      parts.push(`${name}=${name === 'b' && flags.includes('im') ? '#' : ''}${text}`);
    } else if (name !== CONSTANT_ONE && value !== (COUNTS.has(name) ? 1 : 0)) parts.push(`${name}=${value}`);
  }
  return parts.join(' ');
}

/** Text of the first `codeWords` words of a ROM, one instruction a line with its address as a comment. */
export function disassembleProgram(program: { rom: Uint32Array; codeWords: number }): string {
  return Array.from({ length: program.codeWords }, (_, pc) => `${disassemble(program.rom, pc)} ; ${pc}`).join('\n');
}

/**
 * Assembles text: one instruction a line, `name:` defines a label, `;` starts a comment.
 * Values are integers or `ram+N`; operands may start with `fp` or `ap` (relative) or `#` (immediate); `@name` is a label's address.
 * @returns the words, 16 lanes each
 * @throws ZK0403 with the line number
 */
export function assemble(text: string): Uint32Array {
  const lines: { line: number; text: string }[] = [];
  const labels = new Map<string, number>();
  for (const [i, raw] of text.split('\n').entries()) {
    let rest = raw.split(';')[0]!.trim();
    for (let label = /^(\w+):\s*/.exec(rest); label; label = /^(\w+):\s*/.exec(rest)) {
      if (labels.has(label[1]!)) throw usage('ZK0403', { what: `label "${label[1]}" is defined twice`, where: `line ${i + 1}` });
      labels.set(label[1]!, lines.length);
      rest = rest.slice(label[0].length);
    }
    if (rest) lines.push({ line: i + 1, text: rest });
  }
  const code = new Uint32Array(lines.length * LANES);
  for (const [pc, { line, text: source }] of lines.entries()) {
    const [head, ...parts] = source.split(/\s+/) as [string, ...string[]];
    const [opcode, ...flags] = head.split('.') as [Opcode, ...string[]];
    const operands: Record<string, number> = {};
    const fail = (what: string, cause?: unknown) => usage('ZK0403', { what, where: `line ${line}: ${source}`, cause });
    if (!Object.hasOwn(ISA, opcode)) throw fail(`unknown opcode "${opcode}"`);
    for (const part of parts) {
      const match = /^(\w+)=(#?)((?:fp|ap|ram)?(?:\+ap)?)((?:[+-]?\d+)?|@\w+)$/.exec(part);
      if (!match || (match[3] === '' && match[4] === '') || match[3] === 'ram+ap') throw fail(`cannot read "${part}"`);
      const [, name = '', immediate = '', base = '', number = ''] = match;
      if (Object.hasOwn(operands, name)) throw fail(`"${name}" is given twice`);
      if (immediate && name !== 'b') throw fail('only operand b can be immediate');
      if (immediate) flags.push('im');
      if (base !== '' && base !== 'ram' && !/^[abc]$/.test(name)) throw fail(`"${name}" cannot be relative to fp or ap`);
      if (/fp/.test(base)) flags.push(`r${name.toUpperCase()}`);
      if (/ap/.test(base)) flags.push(`x${name.toUpperCase()}`);
      const label = number.startsWith('@') ? labels.get(number.slice(1)) : Number(number || 0);
      if (label === undefined) throw fail(`label "${number.slice(1)}" is not defined`);
      operands[name] = label + (base === 'ram' ? RAM_BASE : 0);
    }
    try {
      code.set(encodeInstruction(opcode, operands, flags), pc * LANES);
    } catch (cause) {
      throw fail((cause as Error).message, cause);
    }
  }
  return code;
}
