// Interaction columns of a circuit in row order: terms of the registers, LogUp fractions with one batch inversion a chunk of rows,
// partial sums. Source: AIR.md §5.0; LogUp: Haböck, ePrint 2022/1530. Caveat: a zero denominator sets the frame's `failed` word.
import type { Circuit } from '../../../fri/backend/seam.ts';
import { i32, i32x4, type ModuleBuilder, v128 } from '../../emitter/module.ts';
import { type Complex, type Felt, Field } from './field.ts';
import { type FixedNodes, planSegments, type Root } from './plan.ts';
import { type Call, chunkGroups, emitRoots, FRAME, frameWord, inChunks, type Work } from './roots.ts';
import { kernel } from './table.ts';

/** bytes of an element of QM31 in four lanes */
const FELT = 64;

/**
 * Inverts `count` felts at `values` in place; `room` has 64 bytes for each. Gives 0 if one of them is zero.
 * 1/x is the conjugate of x over its norm in CM31, whose inverse is its conjugate over the norm in M31: only the latter are inverted
 * together, three products in M31 an element instead of three in QM31. A third less time for all fractions of `mac`.
 */
function emitInversion(m: ModuleBuilder): Call {
  return m.function(
    'invert',
    ['i32', 'i32', 'i32'],
    (f, values, room, count) => {
      const field = new Field(f);
      const running = f.variable('v128', v128.const(1));
      const end = f.let(i32.add(values.value, i32.shl(count.value, 6)));
      const at = f.variable('i32', values.value);
      f.repeat(() => {
        const norm = field.feltNorm(field.loadFelt(at.value, 0, 16));
        const last = field.complexNorm(norm);
        for (const [i, x] of [...norm, last, running.value].entries()) f.emit(v128.store(room.value, x, 16 * i));
        f.set(running, field.mul(running.value, last));
        f.set(room, i32.add(room.value, FELT));
        f.set(at, i32.add(at.value, FELT));
        return i32.ltU(at.value, end);
      });
      f.if(i32x4.bitmask(i32x4.eq(running.value, v128.const(0))), () => f.return(i32.const(0)));
      f.set(running, field.inverse(running.value));
      f.repeat(() => {
        f.set(room, i32.sub(room.value, FELT));
        f.set(at, i32.sub(at.value, FELT));
        const [real, imaginary, last, before] = field.loadFelt(room.value, 0, 16);
        const inverse = field.twice(field.mul(running.value, before));
        f.set(running, field.mul(running.value, last));
        const norm: Complex = [field.mulTwice(real, inverse), field.mulTwice(field.opposite(imaginary), inverse)];
        const [a, b, c, d] = field.loadFelt(at.value, 0, 16);
        const rest = field.complexMul([c, d], norm);
        field.storeFelt(at.value, [...field.complexMul([a, b], norm), field.neg(rest[0]), field.neg(rest[1])], 0, 16);
        return i32.gtU(at.value, values.value);
      });
      f.return(i32.const(1));
    },
    'i32',
  );
}

export function emitFractions(m: ModuleBuilder, circuit: Circuit, fixed: FixedNodes): void {
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

  // partial sums of each group into the LogUp columns
  const partialSums = m.function('partialSums', ['i32', 'i32', 'i32', 'i32'], (f, frame, group, groups, scratch) => {
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
      f.set(inverses, i32.add(inverses.value, F * FELT));
      f.set(factors, i32.add(factors.value, numeratorBytes));
      f.set(group, i32.add(group.value, 1));
      return i32.ltU(group.value, end);
    });
  });
  kernel(m, 'fractions', (f, { frame, group, groups }) => {
    const scratch = f.let(m.scratch);
    inChunks(f, group.value, groups.value, chunk, (first, count) => {
      f.emit(denominators(frame.value, first, count, scratch));
      f.emit(numeratorValues(frame.value, first, count, i32.add(scratch, numeratorsAt)));
      const inverted = invert(scratch, i32.add(scratch, prefixAt), i32.mul(count, F));
      f.if(i32.eqz(inverted), () => {
        f.emit(i32.store(frame.value, 1, 4 * FRAME.failed));
        f.return();
      });
      f.emit(partialSums(frame.value, first, count, scratch));
    });
  });
}

/** bytes of a register's terms for one group: carry, then add */
export const TERM_BYTES = 2 * FELT;

export function emitRegisters(m: ModuleBuilder, circuit: Circuit, fixed: FixedNodes): string[] {
  return circuit.registers.map(({ carry, add }, index) => {
    const root = (node: number, offset: number): Root => ({ node, offset, groupStride: TERM_BYTES, coordinateStride: 16, widen: true });
    const roots = [root(carry, 0), root(add, FELT)];
    const plan = planSegments(circuit.graph, roots, fixed);
    const chunk = chunkGroups(TERM_BYTES + plan.slotBytes, 32);
    const compute = emitRoots({ m, circuit, fixed, storageOrder: false }, `terms${index}`, roots, 0, plan);
    const name = `register${index}`;
    kernel(
      m,
      'register',
      (f, { frame, group, groups, target }) => {
        inChunks(f, group.value, groups.value, chunk, (first, count) => {
          f.emit(compute(frame.value, first, count, target.value));
          f.set(target, i32.add(target.value, i32.mul(count, TERM_BYTES)));
        });
      },
      name,
    );
    return name;
  });
}
