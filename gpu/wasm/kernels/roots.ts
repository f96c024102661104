// Computes wanted nodes (roots) of a circuit for chunks of rows: the frame that describes an instance to emitted code, how columns are
// read in row order and in storage order, and the loop over a plan's segments. Source: PCS.md §2 (the previous row in an extension).
// Caveat: works on groups of four rows.
import type { Circuit } from '../../../fri/backend/seam.ts';
import { type Code, type FunctionBuilder, i8x16, i32, i32x4, type ModuleBuilder, v128 } from '../../emitter/module.ts';
import { CONSTANT } from '../map.ts';
import { type Felt, Field } from './field.ts';
import { type ColumnAccess, GraphEmitter } from './graph.ts';
import type { FixedNodes, Plan, Root } from './plan.ts';

/** scratch that one chunk of groups may use, so that it stays in the first-level cache */
const CHUNK_BYTES = 32 * 1024;

/** words of the frame that describes an instance to the emitted functions */
export const FRAME = {
  /** addresses of the M31 columns; felt columns follow, four addresses each */
  cells: 0,
  felts: 1,
  /** table of fixed nodes */
  fixed: 2,
  /** weights of the values of the quotient, four words each */
  weights: 3,
  /** groups of four rows - 1 */
  mask: 4,
  /** where the quotient goes, four columns */
  out: 5,
  outStride: 6,
  /** not 0: add to what is there */
  add: 7,
  /** rotation that divides by V and by the size of the interpolation */
  rotation: 8,
  /** log of the rows whose V is positive */
  half: 9,
  /** addresses of the LogUp columns, four each */
  sums: 10,
  /** set to 1 when a denominator is zero */
  failed: 11,
} as const;
export const FRAME_BYTES = 64;

export type Call = (...args: (Code | number)[]) => Code;

/** what a segment function needs to know of its surroundings */
export interface Work {
  m: ModuleBuilder;
  circuit: Circuit;
  fixed: FixedNodes;
  storageOrder: boolean;
}

export const frameWord = (frame: Code, word: keyof typeof FRAME): Code => i32.load(frame, 4 * FRAME[word]);

/** reads columns at group t: in storage order the previous row is found by counting in bit-reversed order, else one word before */
function columnAccess(f: FunctionBuilder, frame: Code, t: Code, storageOrder: boolean, usesBack: boolean): ColumnAccess {
  const cells = f.let(frameWord(frame, 'cells'));
  const felts = f.let(frameWord(frame, 'felts'));
  const at = f.let(i32.shl(t, 4));
  let read: (pointer: Code, back: boolean) => Code = (pointer) => v128.load(i32.add(pointer, at));
  if (usesBack && !storageOrder) {
    const plain = read;
    read = (pointer, back) => (back ? v128.load(i32.sub(i32.add(pointer, at), 4)) : plain(pointer, false));
  } else if (usesBack) {
    const mask = f.let(frameWord(frame, 'mask'));
    // the bits from the highest one (zero) bit of t on are flipped; for t = 0 (all ones) that is every bit
    const flipped = (bits: Code): Code => {
      const highest = f.let(i32.sub(31, i32.clz(bits)));
      const all = i32.select(i32.const(-1), i32.shl(i32.const(-1), highest), i32.eqz(bits));
      return f.let(i32.shl(i32.xor(t, i32.and(mask, all)), 4));
    };
    const down = flipped(t);
    const up = flipped(f.let(i32.and(i32.xor(t, -1), mask)));
    const kind = i32.add(i32.eqz(t), i32.shl(i32.eq(t, mask), 1));
    const order = f.let(v128.load(i32.shl(kind, 4), CONSTANT.previous));
    const plain = read;
    read = (pointer, back) => {
      if (!back) return plain(pointer, false);
      const p = f.let(pointer);
      return i8x16.swizzle(i32x4.shuffle(v128.load(i32.add(p, down)), v128.load(i32.add(p, up)), [0, 5, 2, 7]), order);
    };
  }
  return {
    cell: (index, back) => read(i32.load(cells, 4 * index), back),
    felt: (index, back) => [0, 1, 2, 3].map((c) => f.let(read(i32.load(felts, 16 * index + 4 * c), back))) as unknown as Felt,
  };
}

/**
 * Emits functions that compute `roots` for up to `chunk` groups; the result runs them all: (frame, group, groups, target).
 * Stored nodes live in scratch from `slotsAt` on.
 */
export function emitRoots(work: Work, name: string, roots: readonly Root[], slotsAt: number, plan: Plan): Call {
  const { m, circuit, fixed, storageOrder } = work;
  const { graph } = circuit;
  const usesBack = graph.nodes.some((node) => (node.op === 'cell' || node.op === 'felt') && node.back);
  const calls = plan.segments.map((segment, index) =>
    m.function(`${name}Part${index}`, ['i32', 'i32', 'i32', 'i32'], (f, frame, group, groups, target) => {
      const field = new Field(f);
      const table = f.let(frameWord(frame.value, 'fixed'));
      const end = f.let(i32.add(group.value, groups.value));
      const slots = f.variable('i32', i32.add(m.scratch, slotsAt));
      // roots of one call share their group stride
      const stride = roots[0]?.groupStride ?? 0;
      f.repeat(() => {
        const access = columnAccess(f, frame.value, group.value, storageOrder, usesBack);
        const emitter = new GraphEmitter(f, field, graph, fixed, table, access, plan, slots.value, segment);
        emitter.emitRoots(() => target.value);
        f.set(slots, i32.add(slots.value, plan.slotBytes));
        f.set(target, i32.add(target.value, stride));
        f.set(group, i32.add(group.value, 1));
        return i32.ltU(group.value, end);
      });
    }),
  );
  return m.function(name, ['i32', 'i32', 'i32', 'i32'], (f, frame, group, groups, target) => {
    for (const call of calls) f.emit(call(frame.value, group.value, groups.value, target.value));
  });
}

/** largest power of two of groups whose areas fit a chunk */
export function chunkGroups(bytesPerGroup: number, most: number): number {
  let groups = 1;
  while (2 * groups * bytesPerGroup <= CHUNK_BYTES && groups < most) groups *= 2;
  return groups;
}

/** calls `body` for pieces of at most `chunk` groups */
export function inChunks(f: FunctionBuilder, group: Code, groups: Code, chunk: number, body: (first: Code, count: Code) => void): void {
  const end = f.let(i32.add(group, groups));
  f.for(group, end, chunk, (first) => {
    const left = f.let(i32.sub(end, first));
    body(first, f.let(i32.select(left, i32.const(chunk), i32.ltU(left, chunk))));
  });
}
