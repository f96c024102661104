// A circuit (constraints, registers, LogUp fractions of one component) as a WASM module: the quotient on the evaluation domain and
// the interaction columns in row order. Everything comes from the graph; there is no hand-written copy of a constraint.
// Source: PCS.md §4, AIR.md §5.0. Caveat: works on groups of four rows; columns of two rows go through the reference.
import type { Circuit } from '../../../fri/backend.ts';
import type { QM31 } from '../../../fri/qm31.ts';
import * as Q from '../../../fri/qm31.ts';
import { type Code, type FunctionBuilder, i8x16, i32, i32x4, ModuleBuilder, v128 } from '../emitter.ts';
import { CONSTANT } from '../map.ts';
import { type Felt, Field } from './field.ts';
import { type ColumnAccess, type FixedNodes, fixedNodes, fixedTable, GraphEmitter, type Plan, planSegments, type Root } from './graph.ts';
import { weightedSum } from './opening.ts';

const FELT = 64;
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

export interface CircuitModule {
  bytes(shared: boolean, pages: number): Uint8Array<ArrayBuffer>;
  text(only?: readonly string[]): string;
  /** exports, in order: quotient, fractions, one `register` each */
  names: readonly string[];
  quotientTable(parameters: readonly QM31[]): Uint32Array;
  /** weights of the quotient's values, a multiple of four of them */
  weights(powers: readonly QM31[]): Uint32Array;
  interactionTable(parameters: readonly QM31[]): Uint32Array;
}

type Call = (...args: (Code | number)[]) => Code;

/** what a segment function needs to know of its surroundings */
interface Work {
  m: ModuleBuilder;
  circuit: Circuit;
  fixed: FixedNodes;
  storageOrder: boolean;
}

const frameWord = (frame: Code, word: keyof typeof FRAME): Code => i32.load(frame, 4 * FRAME[word]);

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
function emitRoots(work: Work, name: string, roots: readonly Root[], slotsAt: number, plan: Plan): Call {
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
function chunkGroups(bytesPerGroup: number, most: number): number {
  let groups = 1;
  while (2 * groups * bytesPerGroup <= CHUNK_BYTES && groups < most) groups *= 2;
  return groups;
}

/** calls `body` for pieces of at most `chunk` groups */
function inChunks(f: FunctionBuilder, group: Code, groups: Code, chunk: number, body: (first: Code, count: Code) => void): void {
  const end = f.let(i32.add(group, groups));
  f.for(group, end, chunk, (first) => {
    const left = f.let(i32.sub(end, first));
    body(first, f.let(i32.select(left, i32.const(chunk), i32.ltU(left, chunk))));
  });
}

function emitQuotient(m: ModuleBuilder, circuit: Circuit, fixed: FixedNodes): void {
  const { graph, constraints } = circuit;
  const values = constraints.reduce((n, id) => n + (graph.nodes[id]!.ext ? 4 : 1), 0);
  const padded = Math.ceil(values / 4) * 4;
  const layout = (chunk: number): Root[] => {
    let value = 0;
    return constraints.map((node) => {
      const root = { node, offset: value * chunk * 16, groupStride: 16, coordinateStride: chunk * 16, widen: false };
      value += graph.nodes[node]!.ext ? 4 : 1;
      return root;
    });
  };
  const { slotBytes } = planSegments(graph, layout(1), fixed);
  const chunk = chunkGroups(padded * 16 + slotBytes, 32);
  const roots = layout(chunk);
  const plan = planSegments(graph, roots, fixed);
  const compute = emitRoots({ m, circuit, fixed, storageOrder: true }, 'constraints', roots, padded * chunk * 16, plan);
  m.function('quotient', ['i32', 'i32', 'i32'], (f, frame, group, groups) => {
    const field = new Field(f);
    const rotation = f.let(frameWord(frame.value, 'rotation'));
    const opposite = f.let(i32.sub(31, rotation));
    const outStride = f.let(frameWord(frame.value, 'outStride'));
    const out = f.let(frameWord(frame.value, 'out'));
    const weights = f.let(frameWord(frame.value, 'weights'));
    const positive = f.let(i32.shl(i32.const(1), frameWord(frame.value, 'half')));
    const add = f.let(frameWord(frame.value, 'add'));
    const scratch = f.let(m.scratch);
    inChunks(f, group.value, groups.value, chunk, (first, count) => {
      f.emit(compute(frame.value, first, count, scratch));
      f.for(0, count, 1, (i) => {
        const value = f.variable('i32', i32.add(scratch, i32.shl(i, 4)));
        const weight = f.variable('i32', weights);
        const t = f.let(i32.add(first, i));
        const sum = weightedSum(f, field, i32.const(padded), undefined, () => {
          const at = f.let(value.value);
          const from = f.let(weight.value);
          f.set(value, i32.add(value.value, chunk * 16));
          f.set(weight, i32.add(weight.value, 16));
          return { value: v128.load(at), weight: from, offset: 0 };
        });
        // V is 2^15 on the first half of the positions and -2^15 on the second
        const position = i32x4.add(i32x4.splat(i32.sub(i32.shl(t, 2), positive)), v128.load(CONSTANT.lanes));
        const isPositive = f.let(i32x4.shrS(position, 31));
        const to = f.variable('i32', i32.add(out, i32.shl(t, 4)));
        for (const x of sum) {
          const rotated = field.rotate(x, rotation, opposite);
          const quotient = f.variable('v128', v128.bitselect(rotated, field.neg(rotated), isPositive));
          f.if(add, () => f.set(quotient, field.add(quotient.value, f.let(v128.load(to.value)))));
          f.emit(v128.store(to.value, quotient.value));
          f.set(to, i32.add(to.value, outStride));
        }
      });
    });
  });
}

/** inverts `count` felts at `values` in place with one inversion a lane; `prefix` is room for as many. Gives 0 if one of them is zero. */
function emitInversion(m: ModuleBuilder): Call {
  return m.function(
    'invert',
    ['i32', 'i32', 'i32'],
    (f, values, prefix, count) => {
      const field = new Field(f);
      const running = [1, 0, 0, 0].map((x) => f.variable('v128', v128.const(x)));
      const current = (): Felt => running.map((r) => r.value) as unknown as Felt;
      const assign = (x: Felt): void => {
        for (const [c, r] of running.entries()) f.set(r, x[c]!);
      };
      const end = f.let(i32.add(values.value, i32.shl(count.value, 6)));
      const at = f.variable('i32', values.value);
      f.repeat(() => {
        field.storeFelt(prefix.value, current(), 0, 16);
        assign(field.feltMul(current(), field.loadFelt(at.value, 0, 16)));
        f.set(prefix, i32.add(prefix.value, FELT));
        f.set(at, i32.add(at.value, FELT));
        return i32.ltU(at.value, end);
      });
      const [a, b, c, d] = current();
      const isZero = i32x4.bitmask(i32x4.eq(v128.or(v128.or(a, b), v128.or(c, d)), v128.const(0)));
      f.if(isZero, () => f.return(i32.const(0)));
      assign(field.feltInverse(current()));
      f.repeat(() => {
        f.set(prefix, i32.sub(prefix.value, FELT));
        f.set(at, i32.sub(at.value, FELT));
        const value = field.loadFelt(at.value, 0, 16);
        field.storeFelt(at.value, field.feltMul(current(), field.loadFelt(prefix.value, 0, 16)), 0, 16);
        assign(field.feltMul(current(), value));
        return i32.gtU(at.value, values.value);
      });
      f.return(i32.const(1));
    },
    'i32',
  );
}

function emitFractions(m: ModuleBuilder, circuit: Circuit, fixed: FixedNodes): void {
  const { graph, sums } = circuit;
  const fractions = sums.flat();
  const F = fractions.length;
  // per group: denominators, numerators (M31 ones take a quarter), products of the inversion
  let numeratorBytes = 0;
  const numerators = fractions.map(({ numerator }) => {
    const { ext } = graph.nodes[numerator]!;
    const offset = numeratorBytes;
    numeratorBytes += ext ? FELT : 16;
    return { offset, ext };
  });
  // groups of denominators and numerators lie apart, so the roots are computed by two sets of functions
  const denominatorRoots = fractions.map(
    ({ denominator }, i): Root => ({ node: denominator, offset: i * FELT, groupStride: F * FELT, coordinateStride: 16, widen: true }),
  );
  const numeratorRoots = fractions.map(
    ({ numerator }, i): Root => ({
      node: numerator,
      offset: numerators[i]!.offset,
      groupStride: numeratorBytes,
      coordinateStride: 16,
      widen: false,
    }),
  );
  const denominatorPlan = planSegments(graph, denominatorRoots, fixed);
  const numeratorPlan = planSegments(graph, numeratorRoots, fixed);
  const slotBytes = Math.max(denominatorPlan.slotBytes, numeratorPlan.slotBytes);
  const chunk = chunkGroups(2 * F * FELT + numeratorBytes + slotBytes, 32);
  const numeratorsAt = F * FELT * chunk;
  const prefixAt = numeratorsAt + numeratorBytes * chunk;
  const slotsAt = prefixAt + F * FELT * chunk;
  const work: Work = { m, circuit, fixed, storageOrder: false };
  const denominators = emitRoots(work, 'denominators', denominatorRoots, slotsAt, denominatorPlan);
  const numeratorValues = emitRoots(work, 'numerators', numeratorRoots, slotsAt, numeratorPlan);
  const invert = emitInversion(m);

  // partial sums of one group into the LogUp columns; gives back nothing, adds the last column to four vectors at `totals`
  const partialSums = m.function('partialSums', ['i32', 'i32', 'i32', 'i32', 'i32'], (f, frame, group, groups, scratch, totals) => {
    const field = new Field(f);
    const columns = f.let(frameWord(frame.value, 'sums'));
    const inverses = f.variable('i32', scratch.value);
    const factors = f.variable('i32', i32.add(scratch.value, numeratorsAt));
    const end = f.let(i32.add(group.value, groups.value));
    f.repeat(() => {
      const at = f.let(i32.shl(group.value, 4));
      let partial: Felt | undefined;
      let k = 0;
      sums.forEach((pair, j) => {
        for (const _ of pair) {
          const { offset, ext } = numerators[k]!;
          const inverse = field.loadFelt(inverses.value, k * FELT, 16);
          const product = ext
            ? field.feltMul(inverse, field.loadFelt(factors.value, offset, 16))
            : field.feltScale(inverse, f.let(v128.load(factors.value, offset)));
          partial = partial ? field.feltAdd(partial, product) : product;
          k++;
        }
        for (let c = 0; c < 4; c++) f.emit(v128.store(i32.add(i32.load(columns, 16 * j + 4 * c), at), partial![c]!));
      });
      const total = field.feltAdd(field.loadFelt(totals.value, 0, 16), partial!);
      field.storeFelt(totals.value, total, 0, 16);
      f.set(inverses, i32.add(inverses.value, F * FELT));
      f.set(factors, i32.add(factors.value, numeratorBytes));
      f.set(group, i32.add(group.value, 1));
      return i32.ltU(group.value, end);
    });
  });
  m.function('fractions', ['i32', 'i32', 'i32', 'i32'], (f, frame, group, groups, totals) => {
    const scratch = f.let(m.scratch);
    for (let c = 0; c < 4; c++) f.emit(v128.store(totals.value, v128.const(0), 16 * c));
    inChunks(f, group.value, groups.value, chunk, (first, count) => {
      f.emit(denominators(frame.value, first, count, scratch));
      f.emit(numeratorValues(frame.value, first, count, i32.add(scratch, numeratorsAt)));
      const inverted = invert(scratch, i32.add(scratch, prefixAt), i32.mul(count, F));
      f.if(i32.eqz(inverted), () => {
        f.emit(i32.store(frame.value, 1, 4 * FRAME.failed));
        f.return();
      });
      f.emit(partialSums(frame.value, first, count, scratch, totals.value));
    });
  });
}

/** bytes of a register's terms for one group: carry, then add */
export const TERM_BYTES = 2 * FELT;

function emitRegisters(m: ModuleBuilder, circuit: Circuit, fixed: FixedNodes): string[] {
  return circuit.registers.map(({ carry, add }, index) => {
    const root = (node: number, offset: number): Root => ({ node, offset, groupStride: TERM_BYTES, coordinateStride: 16, widen: true });
    const roots = [root(carry, 0), root(add, FELT)];
    const plan = planSegments(circuit.graph, roots, fixed);
    const chunk = chunkGroups(TERM_BYTES + plan.slotBytes, 32);
    const compute = emitRoots({ m, circuit, fixed, storageOrder: false }, `terms${index}`, roots, 0, plan);
    m.function(`register${index}`, ['i32', 'i32', 'i32', 'i32'], (f, frame, group, groups, target) => {
      inChunks(f, group.value, groups.value, chunk, (first, count) => {
        f.emit(compute(frame.value, first, count, target.value));
        f.set(target, i32.add(target.value, i32.mul(count, TERM_BYTES)));
      });
    });
    return `register${index}`;
  });
}

/** coefficient vector of coordinate j of a value weighted with `power`: the coordinates of power·basis_j */
const BASIS: readonly QM31[] = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

export function buildCircuit(circuit: Circuit): CircuitModule {
  const { graph, constraints } = circuit;
  const fractions = circuit.sums.flat();
  const interactionTargets = [
    ...circuit.registers.flatMap((r) => [r.carry, r.add]),
    ...fractions.flatMap((f) => [f.numerator, f.denominator]),
  ];
  const quotientFixed = fixedNodes(graph, constraints);
  const interactionFixed = fixedNodes(graph, interactionTargets);
  const m = new ModuleBuilder();
  emitQuotient(m, circuit, quotientFixed);
  emitFractions(m, circuit, interactionFixed);
  const registers = emitRegisters(m, circuit, interactionFixed);
  return {
    bytes: (shared, pages) => m.toBytes(shared, pages),
    text: (only) => m.toText(only),
    names: ['quotient', 'fractions', ...registers],
    quotientTable: (parameters) => fixedTable(graph, quotientFixed, parameters),
    interactionTable: (parameters) => fixedTable(graph, interactionFixed, parameters),
    weights(powers) {
      const list: QM31[] = constraints.flatMap((id, i) =>
        graph.nodes[id]!.ext ? BASIS.map((unit) => Q.mul(powers[i]!, unit)) : [powers[i]!],
      );
      while (list.length % 4 !== 0) list.push(Q.ZERO);
      return Uint32Array.from(list.flat());
    },
  };
}
