// The instruction set as one table: encoding, operands, cost; in words in isa-texts.ts. Assembler, disassembler, executor, chips and the
// documentation read it; nothing else knows an opcode. Source: AIR.md §3. Caveat: strides and jumps are signed field elements.
import { bug } from '../../fri/core/errors.ts';
import { P } from '../../fri/core/m31.ts';

/** M31, the field every cell lives in */
export { P };

/** lanes of a word */
export const LANES = 16;
/** first address of RAM; ROM starts at 0 */
export const RAM_BASE = 2 ** 28;
/** first address of committed inputs, which end before RAM */
export const DATA_BASE = 2 ** 27;
/** RAM words a program may have; each is written once */
export const MAX_RAM_WORDS = 2 ** 21;
/** words of all inputs and outputs, gaps of inputs included: 4 M elements */
export const MAX_PUBLIC_WORDS = 2 ** 18;
/** accumulator coefficients and slot intervals stay strictly inside (-ACCUMULATOR_BOUND, ACCUMULATOR_BOUND) */
export const ACCUMULATOR_BOUND = 2 ** 30;

/** fields of an instruction word, by lane */
export const WORD_FIELDS = ['op', 'n', 'a', 'as', 'b', 'bs', 'c', 'cs', 'f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7'] as const;

/** mode bits of `op`, from 64 upward: rX adds fp, xX adds ap to operand X; im: operand b is the value itself */
export const MODES = ['rA', 'rB', 'rC', 'xA', 'xB', 'xC', 'im'] as const;
export type Mode = (typeof MODES)[number];
export const MODE_BASE = 64;

/** how an operand is used: an address that is read, written or names an accumulator, a table slot, the machine reads a scalar there, or unused */
export type OperandUse = 'read' | 'write' | 'accumulator' | 'slot' | 'scalar' | 'none';

type OperandUses = Readonly<Record<'a' | 'b' | 'c', OperandUse>>;

/** Rows that one execution adds to another chip, besides its one cpu row. Source: AIR.md §5.2, §5.3. */
export interface InstructionCost<Field extends string = string, Flag extends string = string> {
  /** a chip that is sized by the run: vm/chips/table.ts must have it */
  chip: 'mac' | 'store';
  /** @param values operands and fields by name, counts unsigned */
  rows(values: Readonly<Record<Field, number>>, flags: readonly (Flag | Mode)[]): number;
}

/** what the second variant of an instruction adds to its code; the first adds 1 */
export const SECOND_VARIANT = 2;

/** What the table says of any opcode; `ISA` itself knows the names of each. */
export interface InstructionSpec {
  code: number;
  /** added to the code: the first variant adds 1, the second SECOND_VARIANT */
  variants: readonly string[];
  operands: OperandUses;
  /** names of f0, f1, … */
  fields: readonly string[];
  /** fields whose value is a signed step or jump */
  signedFields: readonly string[];
  /** undefined: the cpu row is all it costs */
  cost: InstructionCost | undefined;
}

/** an instruction that its cpu row does alone */
const plain = <const Uses extends OperandUses, const Field extends string = never>(
  code: number,
  operands: Uses,
  fields: readonly Field[] = [],
  signedFields: readonly Field[] = [],
) => ({ code, variants: [], operands, fields, signedFields, cost: undefined }) as const;

/** an instruction with rows of another chip */
const costly = <const Uses extends OperandUses, const Field extends string, const Variant extends string>(
  code: number,
  operands: Uses,
  fields: readonly Field[],
  signedFields: readonly NoInfer<Field>[],
  variants: readonly Variant[],
  cost: InstructionCost<NoInfer<Field>, NoInfer<Variant>>,
) => ({ code, variants, operands, fields, signedFields, cost }) as const;

export const ISA = {
  MAC: costly(1, { a: 'read', b: 'read', c: 'accumulator' }, ['nw', 'h', 'ra', 'ob', 'taps', 'pad'], ['ra'], ['Z', 'X2'], {
    chip: 'mac',
    rows: ({ nw, h, ob, taps, pad }) => h * Math.ceil(nw / 2) + pad + taps * Math.ceil(ob / 2),
  }),
  MUL: costly(5, { a: 'read', b: 'read', c: 'accumulator' }, ['nw', 'h', 'ra', 'rb', 'one'], ['ra', 'rb'], [], {
    chip: 'mac',
    rows: ({ nw, h }) => h * nw,
  }),
  STORE: costly(12, { a: 'read', b: 'slot', c: 'write' }, ['rw', 'h', 'O', 'rj', 'cj', 'split'], ['rj', 'cj', 'split'], ['LEAD', 'SPLIT'], {
    chip: 'store',
    rows: ({ rw, h, O }, flags) => O * (h * rw + (flags.includes('LEAD') ? 1 : 0)),
  }),
  SET: plain(16, { a: 'none', b: 'none', c: 'write' }, ['value'], ['value']),
  ADD: plain(17, { a: 'scalar', b: 'scalar', c: 'write' }),
  MLS: plain(18, { a: 'scalar', b: 'scalar', c: 'write' }),
  JMP: plain(19, { a: 'none', b: 'scalar', c: 'none' }),
  JNZ: plain(20, { a: 'scalar', b: 'scalar', c: 'none' }),
  CAL: plain(21, { a: 'write', b: 'scalar', c: 'write' }, ['frame'], ['frame']),
  RET: plain(22, { a: 'scalar', b: 'scalar', c: 'none' }),
  AP: plain(23, { a: 'scalar', b: 'none', c: 'none' }),
  HLT: plain(24, { a: 'none', b: 'none', c: 'none' }),
} as const; // no annotation: it would widen the names that each row infers

export type Opcode = keyof typeof ISA;

/** instructions after which the next one may be any */
export const JUMPS: ReadonlySet<Opcode> = new Set(['JMP', 'JNZ', 'CAL', 'RET']);

/** what the table says of an opcode that is known at run time only */
export const specOf = (opcode: Opcode): InstructionSpec => ISA[opcode];

type OperandOf<O extends Opcode> = { [X in 'a' | 'b' | 'c']: (typeof ISA)[O]['operands'][X] extends 'none' ? never : X }['a' | 'b' | 'c'];

/** names of everything that an opcode takes: `n`, its operands and their steps, its fields; of any of several opcodes */
export type NameOf<O extends Opcode> = O extends Opcode
  ? (O extends 'HLT' ? never : 'n') | OperandOf<O> | `${OperandOf<O>}s` | (typeof ISA)[O]['fields'][number]
  : never;
/** variants and modes that an opcode may have; which modes fit its operands is checked when it is encoded */
export type FlagOf<O extends Opcode> = (typeof ISA)[O]['variants'][number] | Mode;

export const OPCODES = /* @__PURE__ */ Object.keys(ISA) as Opcode[];

type Decoded = { opcode: Opcode; variants: readonly boolean[] };

function decodedOpcodes(): ReadonlyMap<number, Decoded> {
  const decoded = new Map<number, Decoded>();
  for (const opcode of OPCODES) {
    const { code, variants } = specOf(opcode);
    for (let bits = 0; bits < 2 ** variants.length; bits++) {
      if (decoded.has(code + bits)) throw bug(`opcode ${code + bits} is taken twice`);
      decoded.set(code + bits, { opcode, variants: variants.map((_, i) => ((bits >> i) & 1) === 1) });
    }
  }
  return decoded;
}

/** opcode and variant bits of the low six bits of `op` */
export const opcodeOf = /* @__PURE__ */ decodedOpcodes(); // a page that verifies decodes nothing and leaves it out

/** canonical representative of a signed integer */
export const toField = (value: number): number => ((value % P) + P) % P;
/** signed representative in (-p/2, p/2) */
export const toSigned = (value: number): number => (value > P / 2 ? value - P : value);
