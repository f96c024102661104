// The loader's rules on a program that was just compiled: what breaks one is a limit of a node, and said as that, or a mistake of the compiler.
// Source: vm/program/loader.ts. Caveat: which node is read off the place that the loader names, a slot or an instruction.
import { bug, type ErrorCode, ZkvmError } from '../../fri/core/errors.ts';
import { decodeInstruction } from '../../vm/program/assembler.ts';
import { LANES } from '../../vm/program/isa.ts';
import type { Program } from '../../vm/program/types.ts';

/** rules that a model can break by being too large, and what then helps */
const LIMITS: Partial<Readonly<Record<ErrorCode, string>>> = {
  ZK0340: 'calibrate on a narrower range, or scale what this node reads',
  ZK0341: 'make the window or the axis of this node smaller',
  ZK0342: 'make the model smaller, ask for less accuracy, or cut it into several',
  ZK0343: 'make the inputs and outputs smaller',
  ZK0346: 'make the model smaller, ask for less accuracy, or cut it into several',
};
/** the rules' codes, and those that a program breaks as a whole */
const LOADER = /^ZK034\d$/;
const SIZES: ReadonlySet<ErrorCode> = new Set(['ZK0342', 'ZK0346']);

const nodeAt = ({ sourceMap }: Program, pc: number): string | undefined => sourceMap.find(({ from, to }) => pc >= from && pc < to)?.node;

/** The node whose results go through a slot. */
function nodeOfSlot(program: Program, slot: number): string | undefined {
  for (let pc = 0; pc < program.codeWords; pc++) {
    const { opcode, values } = decodeInstruction(program.rom, pc * LANES);
    if (opcode === 'STORE' && values.bs === 0 && values.b === slot) return nodeAt(program, pc);
  }
  return undefined;
}

/** The node with the largest table. */
function largestSlot({ slots }: Program): number | undefined {
  return slots.length ? slots.reduce((most, slot) => (slot.intervals.length > most.intervals.length ? slot : most)).id : undefined;
}

/** The node that the loader's place is about. */
function nodeOf(program: Program, { code, where = '' }: ZkvmError): string | undefined {
  const [, kind, number] = /^(slot|pc) (\d+)/.exec(where) ?? [];
  if (kind === 'pc') return nodeAt(program, Number(number));
  const slot = kind === 'slot' ? Number(number) : SIZES.has(code) ? largestSlot(program) : undefined;
  return slot === undefined ? undefined : nodeOfSlot(program, slot);
}

/**
 * What the loader's error about a program that was just compiled means: ZK0534 with the node whose tables, windows or tensors the machine does
 * not take, ZK0001 for a rule that no model should break; any other error is itself.
 */
export function asLimit(program: Program, error: unknown): unknown {
  if (!(error instanceof ZkvmError) || error.kind !== 'usage' || !LOADER.test(error.code)) return error;
  const fix = LIMITS[error.code];
  const node = nodeOf(program, error);
  const whole = SIZES.has(error.code);
  if (!fix || (!node && !whole && error.code !== 'ZK0343')) return bug(`a compiled program breaks a rule: ${error.message}`);
  return new ZkvmError('unsupported', 'ZK0534', {
    what: whole ? 'the program is too large for the machine' : 'a node does not fit into the machine',
    where: (whole && node ? `${node}, which has the largest table` : node) ?? error.where ?? 'the whole model',
    why: error.why ? `${error.what}; ${error.why}` : error.what,
    fix,
    cause: error,
  });
}
