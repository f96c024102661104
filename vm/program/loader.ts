// What a program must satisfy before anybody runs, proves or trusts it, and the lookup table that its slots make.
// Source: AIR.md §5.4, §9 items 22-23. Caveat: properties that depend on addresses computed at run time (masks in RAM, unwritten
// reads, coverage of accumulators) are the executor's and the AIR's business.
import { ZkvmError } from '../../fri/core/errors.ts';
import { decodeInstruction, disassemble, type Instruction } from './assembler.ts';
import { checkCopies } from './committed.ts';
import { checkEncodings } from './encoding.ts';
import { brokenRange } from './exact.ts';
import { count, invalid } from './invalid.ts';
import { ACCUMULATOR_BOUND, JUMPS, LANES, P, toField } from './isa.ts';
import { checkRegions, MAX_RAM_LOG_SIZE } from './regions.ts';
import type { Program, Slot } from './types.ts';

/** ROM words and intervals, which a file must spell out */
export const MAX_LOG_ROWS = 24;
/** rows of range tables, which a file only announces: committing to 2^20 rows costs 2^21 leaves under `fast` (0.3 GiB) */
const MAX_RANGES_LOG_SIZE = 20;
/**
 * What a file may announce whatever it spells out: committing to it takes about as long as starting the process. Beyond, announced rows are
 * bounded by the bytes of ROM and intervals, so that a verifier's work follows the file. Compiled models need 8.4 RAM words a byte at most (one
 * Relu on 3 × 512 × 512, which has a table of 15 KB; a LeNet 0.004) and 0.08 rows of range tables a byte.
 */
const FREE = { ramWords: 2 ** 16, rangeRows: 2 ** 15 } as const;
const PER_BYTE = { ramWords: 64, rangeRows: 1 } as const;
/** leaves that announced rows can make a verifier hash, whatever the profile's blowup */
const MAX_ANNOUNCED_LOG_LEAVES = 22;

/** The lookup table, one array a column, canonical M31. Rows are padded to 2^logSize with copies of row 0. */
export interface LookupTable {
  slot: Uint32Array;
  u: Uint32Array;
  in: Uint32Array;
  out: Uint32Array;
  /** rows before the padding */
  rows: number;
  logSize: number;
  /** divisor → row of its range table's entry 0 */
  rangeStart: Map<number, number>;
  /** slot id → row of its first interval */
  slotStart: Map<number, number>;
}

/** A checked program with what every stage needs of it. */
export interface LoadedProgram {
  program: Program;
  table: LookupTable;
  instructions: Instruction[];
}

/** bytes that a file spells out and that are committed to as well: ROM and intervals */
const spelledBytes = ({ rom, slots }: Program): number =>
  4 * (rom.length + slots.reduce((sum, { intervals }) => sum + intervals.length, 0));

/** @throws ZK0342 for more rows than a file of this size may announce */
function requireSpelled(program: Program, what: keyof typeof FREE, rows: number): void {
  const bytes = spelledBytes(program);
  if (rows <= Math.max(FREE[what], PER_BYTE[what] * bytes)) return;
  throw invalid(
    'ZK0342',
    what === 'ramWords' ? `RAM of ${rows} words is announced` : `range tables of ${rows} rows are announced`,
    'program',
    `with ${bytes} bytes of ROM and intervals; ${FREE[what]}, or ${PER_BYTE[what]} a byte, are possible`,
  );
}

/** log2 of the number of rows an instance with `rows` used rows is padded to: at least one pair of rows */
export function paddedLogSize(rows: number): number {
  let logSize = 1;
  while (2 ** logSize < rows) logSize++;
  return logSize;
}

/**
 * Lookup rows of a program: range tables (0, u, r, 0) for every divisor in use, ascending, then the slots' intervals (id, u, q, y).
 * @throws ZK0342 if the table is too large; slots must have passed `checkProgram`
 */
export function lutRows(program: Program): LookupTable {
  const divisors = new Set<number>();
  let rows = 0;
  for (const { intervals } of program.slots) {
    rows += intervals.length / 3;
    for (let i = 0; i < intervals.length; i += 3) divisors.add(intervals[i]!);
  }
  if (divisors.size === 0) divisors.add(1); // a table needs a row
  let ranges = 0;
  for (const u of divisors) ranges += u;
  if (ranges > 2 ** MAX_RANGES_LOG_SIZE)
    throw invalid('ZK0342', `the range tables have ${ranges} rows, at most ${2 ** MAX_RANGES_LOG_SIZE}`);
  requireSpelled(program, 'rangeRows', ranges);
  rows += ranges;
  if (rows > 2 ** MAX_LOG_ROWS) throw invalid('ZK0342', `the lookup table has ${rows} rows, at most ${2 ** MAX_LOG_ROWS}`);
  const logSize = paddedLogSize(rows);
  const column = (): Uint32Array => new Uint32Array(2 ** logSize);
  const table: LookupTable = {
    slot: column(),
    u: column(),
    in: column(),
    out: column(),
    rows,
    logSize,
    rangeStart: new Map(),
    slotStart: new Map(),
  };
  let at = 0;
  for (const u of [...divisors].sort((x, y) => x - y)) {
    table.rangeStart.set(u, at);
    table.u.fill(u, at, at + u);
    for (let r = 0; r < u; r++) table.in[at++] = r;
  }
  for (const { id, intervals } of program.slots) {
    table.slotStart.set(id, at);
    for (let i = 0; i < intervals.length; i += 3, at++) {
      table.slot[at] = id;
      table.u[at] = intervals[i]!;
      table.in[at] = toField(intervals[i + 1]!);
      table.out[at] = toField(intervals[i + 2]!);
    }
  }
  table.u.fill(table.u[0]!, at); // slot, in and out of row 0 are 0
  return table;
}

function checkSlots(slots: readonly Slot[]): void {
  let last = 0;
  for (const slot of slots) {
    const { id, name, intervals } = slot;
    const where = `slot ${id} (${name})`;
    if (!Number.isInteger(id) || id < 1 || id >= P) throw invalid('ZK0340', 'a slot id is 1 … p-1', where);
    if (id <= last) throw invalid('ZK0340', 'slots stand in ascending order of their ids', where);
    last = id;
    if (intervals.length === 0 || intervals.length % 3 !== 0)
      throw invalid('ZK0340', 'a slot has at least one interval of three numbers', where);
    let end = -ACCUMULATOR_BOUND + 1;
    for (let i = 0; i < intervals.length; i += 3) {
      const [u, q, y] = [intervals[i]!, intervals[i + 1]!, intervals[i + 2]!];
      const start = q * u;
      if (u < 1) throw invalid('ZK0340', `divisor ${u} is not positive`, where);
      if (start < end || start + u > ACCUMULATOR_BOUND)
        throw invalid(
          'ZK0340',
          `interval [${start}, ${start + u}) overlaps its predecessor or leaves (-2^30, 2^30)`,
          where,
          'intervals ascend',
        );
      if (y < -(P - 1) / 2 || y > (P - 1) / 2) throw invalid('ZK0340', `value ${y} is no field element`, where);
      end = start + u;
    }
    const broken = brokenRange(slot);
    if (broken) throw invalid('ZK0340', broken, where);
  }
}

/** AIR.md §9.23: what the encoding alone does not say. */
function checkInstruction(instruction: Instruction, where: () => string, slots: ReadonlySet<number>): void {
  const rule = (holds: boolean, what: string): void => {
    if (!holds) throw invalid('ZK0341', what, where());
  };
  if (instruction.opcode === 'MAC') {
    const { pad } = instruction.values;
    rule(pad >= 0 && pad < 2 ** 24, 'pad is 0 … 2^24-1');
  }
  if (instruction.opcode === 'STORE') {
    const { flags, values } = instruction;
    rule(!flags.includes('SPLIT') || values.rw % 2 === 0, 'SPLIT needs an even number of words a row');
    rule(flags.includes('SPLIT') || values.split === 0, 'split is 0 without SPLIT');
    rule(values.bs !== 0 || slots.has(values.b), `there is no slot ${values.b}`);
  }
}

/** Whether an instruction may go on elsewhere than behind itself; without one, a program goes through its instructions once, in order. */
export const hasJumps = (instructions: readonly Instruction[]): boolean => instructions.some(({ opcode }) => JUMPS.has(opcode));

/** A program without jumps runs its instructions once, in order: LEAD covers what its MACs made (AIR.md §9.23). */
function checkLead(instructions: readonly Instruction[], place: (pc: number) => string): void {
  if (hasJumps(instructions)) return;
  const lead = new Map<number, number>();
  for (const [pc, instruction] of instructions.entries()) {
    if (instruction.opcode !== 'MAC' && instruction.opcode !== 'STORE') continue;
    const { c, cs } = instruction.values;
    if (cs !== 0 || instruction.flags.includes('rC') || instruction.flags.includes('xC')) continue;
    if (instruction.opcode === 'MAC') {
      const { taps, pad } = instruction.values;
      lead.set(c, Math.max(lead.get(c) ?? 0, taps - 1 - pad));
      continue;
    }
    const covered = instruction.flags.includes('LEAD') ? LANES : 0;
    // the executor decides whether coefficients beyond the cover are 0; more than a whole word can never be covered
    if (covered && (lead.get(c) ?? 0) > covered)
      throw invalid('ZK0341', 'a MAC has taps-1-pad > 16 and its STORE covers 16 positions', place(pc));
    lead.delete(c);
  }
}

/**
 * What the file announces without spelling it out, RAM and range tables, is small enough to commit to at this blowup.
 * @throws ZK0346; a file of 200 bytes must not keep a verifier busy for minutes
 */
export function requireCommitable({ program, table }: LoadedProgram, logBlowup: number): void {
  const ranges = [...table.rangeStart.keys()].reduce((sum, u) => sum + u, 0);
  const logSize = Math.max(program.ramLogSize, paddedLogSize(ranges));
  if (logSize + logBlowup > MAX_ANNOUNCED_LOG_LEAVES)
    throw invalid(
      'ZK0346',
      `RAM or range tables of 2^${logSize} rows are too large for this profile`,
      `log blowup ${logBlowup}`,
      `at most 2^${MAX_ANNOUNCED_LOG_LEAVES - logBlowup} rows`,
    );
}

const loaded = new WeakMap<Program, LoadedProgram>();

/**
 * Checks everything about a program that can be known without running it, and keeps the result: a program is never changed afterwards.
 * @returns the program with its decoded instructions and lookup table
 * @throws ZK0340 (slots), ZK0341 (code), ZK0342 (sizes), ZK0343 (regions), ZK0344 (masks), with the place
 */
export function checkProgram(program: Program): LoadedProgram {
  const known = loaded.get(program);
  if (known) return known;
  const { rom, codeWords, ramLogSize, slots } = program;
  const words = rom.length / LANES;
  if (!Number.isInteger(words) || words > 2 ** MAX_LOG_ROWS || words < 1)
    throw invalid('ZK0342', `a ROM of ${rom.length} lanes is no whole number of words, 1 … 2^${MAX_LOG_ROWS}`);
  if (!count(codeWords, words)) throw invalid('ZK0342', `${codeWords} instruction words in a ROM of ${words} words`);
  if (!count(ramLogSize, MAX_RAM_LOG_SIZE))
    throw invalid('ZK0342', `RAM of 2^${ramLogSize} words, 2^1 … 2^${MAX_RAM_LOG_SIZE} are possible`);
  requireSpelled(program, 'ramWords', 2 ** ramLogSize);
  for (let i = 0; i < rom.length; i++)
    if (rom[i]! >= P) throw invalid('ZK0341', `${rom[i]} is no canonical field element`, `ROM word ${i >> 4}, lane ${i % LANES}`);
  checkSlots(slots);
  const ids = new Set(slots.map(({ id }) => id));
  const place = (pc: number): string => `pc ${pc}: ${disassemble(rom, pc)}`;
  const instructions = Array.from({ length: codeWords }, (_, pc) => {
    try {
      const instruction = decodeInstruction(rom, pc * LANES);
      checkInstruction(instruction, () => place(pc), ids);
      return instruction;
    } catch (cause) {
      if (cause instanceof ZkvmError && cause.code === 'ZK0402') throw invalid('ZK0341', cause.what, `pc ${pc}`, cause.why);
      throw cause;
    }
  });
  if (!instructions.some(({ opcode }) => opcode === 'HLT')) throw invalid('ZK0341', 'the program has no HLT');
  checkLead(instructions, place);
  checkMasks(program, instructions, place);
  checkRegions(program);
  checkCopies(program, instructions);
  checkEncodings(program.metadata, { input: program.inputs, output: program.outputs });
  let end = 0;
  for (const { from, to, node } of program.sourceMap) {
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < end || to <= from || to > codeWords)
      throw invalid('ZK0345', `source map entry [${from}, ${to}) is out of order or outside the code`, node);
    end = to;
  }
  const result = { program, table: lutRows(program), instructions };
  loaded.set(program, result);
  return result;
}

const MASK_BUDGET = 2 ** 20;

/** Masks that lie in ROM at an address known now are 0 or 1; the executor checks all others, and the AIR checks every mask. */
function checkMasks({ rom }: Program, instructions: readonly Instruction[], place: (pc: number) => string): void {
  const checked = new Set<number>();
  let budget = MASK_BUDGET; // a count in a hostile file must not keep the loader busy
  for (const [pc, { opcode, flags, values }] of instructions.entries()) {
    if (opcode !== 'STORE' || flags.includes('rA') || flags.includes('xA')) continue;
    const { a, as, n, rw } = values;
    for (let i = 0; i < (as === 0 ? 1 : n) && budget > 0; i++, budget--) {
      for (let j = 0; j < rw && budget > 0; j++, budget--) {
        const word = a + i * as + j;
        if (word < 0 || (word + 1) * LANES > rom.length) break; // RAM, or a read that the executor refuses
        if (checked.has(word)) continue;
        checked.add(word);
        for (let t = 0; t < LANES; t++)
          if (rom[word * LANES + t]! > 1)
            throw invalid('ZK0344', `mask lane ${t} is ${rom[word * LANES + t]}, 0 or 1 expected`, place(pc), `mask word ${word}`);
      }
    }
  }
}
