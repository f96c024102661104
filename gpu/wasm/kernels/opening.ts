// Kernels after the composition: samples, DEEP numerators and quotient, FRI folds, and the lift of small quotients' coefficients.
// Source: PCS.md §3, §6, §8. Every sum Σ weight·column keeps 64-bit products and reduces once in four. Caveat: tables (weights,
// constants, bases) are laid out by backend.ts as the comments here say.
import { type Code, type FunctionBuilder, i32, i32x4, type ModuleBuilder, v128 } from '../../emitter/module.ts';
import { type Complex, type Felt, Field, type Wide } from './field.ts';
import { inChunks } from './roots.ts';
import { kernel } from './table.ts';

const FELT_BYTES = 64;

/** Σ over `count` (a multiple of 4, not 0) entries of weight·value, from the start values given; weights are four words */
export function weightedSum(
  f: FunctionBuilder,
  field: Field,
  count: Code,
  start: Felt | undefined,
  next: () => { value: Code; weight: Code; offset: number },
): Felt {
  const sums: Wide[] = [0, 1, 2, 3].map(() => field.wideZero());
  if (start)
    for (let c = 0; c < 4; c++) {
      // a product with 1 spreads the lanes
      field.wideAdd(sums[c]!, start[c]!, v128.const(1));
    }
  const left = f.variable('i32', count);
  f.repeat(() => {
    for (let unrolled = 0; unrolled < 4; unrolled++) {
      const { value, weight, offset } = next();
      const v = f.let(value);
      for (let c = 0; c < 4; c++) field.wideAdd(sums[c]!, v, v128.load32Splat(weight, offset + 4 * c));
    }
    for (const sum of sums) field.reduceWide(sum);
    f.set(left, i32.sub(left.value, 4));
    return left.value;
  });
  return sums.map((sum) => field.fromReduced(sum)) as unknown as Felt;
}

/** x·k for a constant k given as the 16 words of its matrix (row c: the coefficients of coordinate c), plus `more` */
function timesConstant(field: Field, x: Felt, matrix: Code, more: Felt): Felt {
  return [0, 1, 2, 3].map((c) => {
    const sum = field.wideZero();
    for (let j = 0; j < 4; j++) field.wideAdd(sum, x[j]!, v128.load32Splat(matrix, 16 * c + 4 * j));
    return field.add(field.fromWide(sum), more[c]!);
  }) as unknown as Felt;
}

/** groups whose denominators, 64 bytes each in scratch, stay in the first-level cache */
const QUOTIENT_GROUPS = 256;

/** bytes of an entry of a DEEP list: address, three words unused, four weights */
export const DEEP_ENTRY_BYTES = 32;

export function openingKernels(m: ModuleBuilder): void {
  sampleKernel(m);
  deepNumeratorKernel(m);
  deepQuotientKernel(m);
  foldKernel(m);
  liftCoefficientsKernel(m);
  liftColumnKernel(m);
}

/**
 * sample(column, low log, low basis, high basis, high count, out): Σ coefficient·basis, one felt of four partial lanes at `out`.
 * low basis: groups of four values, coordinate by coordinate; high basis: four words each
 */
function sampleKernel(m: ModuleBuilder): void {
  kernel(m, 'sample', (f, { column, lowLog, low, high, highCount, out }) => {
    const field = new Field(f);
    const zero = f.let(v128.const(0));
    const total = [0, 1, 2, 3].map(() => f.variable('v128', zero));
    f.repeat(() => {
      const entry = f.variable('i32', low.value);
      const part = weightedGroups(f, field, i32.shl(i32.const(1), i32.sub(lowLog.value, 2)), () => {
        const v = v128.load(column.value);
        const at = entry.value;
        return {
          value: v,
          weight: (c) => v128.load(at, 16 * c),
          advance: () => {
            f.set(column, i32.add(column.value, 16));
            f.set(entry, i32.add(entry.value, FELT_BYTES));
          },
        };
      });
      const factor = [0, 1, 2, 3].map((c) => f.let(v128.load32Splat(high.value, 4 * c))) as unknown as Felt;
      const sum = field.feltAdd(total.map((t) => t.value) as unknown as Felt, field.feltMul(part, factor));
      for (const [c, t] of total.entries()) f.set(t, sum[c]!);
      f.set(high, i32.add(high.value, 16));
      f.set(highCount, i32.sub(highCount.value, 1));
      return highCount.value;
    });
    field.storeFelt(out.value, total.map((t) => t.value) as unknown as Felt, 0, 16);
  });
}

/**
 * deepNumerator(list, count, below, below stride, lift, group, groups, out, out stride): Σ weight·column plus the lifted sum of
 * the height below (0: none)
 */
function deepNumeratorKernel(m: ModuleBuilder): void {
  kernel(m, 'deepNumerator', (f, { list, count, below, belowStride, lift, group, groups, out, outStride }) => {
    const field = new Field(f);
    const end = f.let(i32.add(group.value, groups.value));
    f.repeat(() => {
      const at = f.let(i32.shl(group.value, 4));
      const start = [0, 1, 2, 3].map(() => f.variable('v128', v128.const(0)));
      f.if(below.value, () => {
        const source = f.variable('i32', i32.add(below.value, i32.shl(i32.shrU(i32.shl(group.value, 2), i32.add(lift.value, 1)), 3)));
        for (const s of start) {
          f.set(s, v128.load64Splat(source.value));
          f.set(source, i32.add(source.value, belowStride.value));
        }
      });
      const entry = f.variable('i32', list.value);
      const sum = weightedSum(f, field, count.value, start.map((s) => s.value) as unknown as Felt, () => {
        const from = f.let(entry.value);
        f.set(entry, i32.add(entry.value, DEEP_ENTRY_BYTES));
        return { value: v128.load(i32.add(i32.load(from), at)), weight: from, offset: 16 };
      });
      const to = f.variable('i32', i32.add(out.value, at));
      for (const x of sum) {
        f.emit(v128.store(to.value, x));
        f.set(to, i32.add(to.value, outStride.value));
      }
      f.set(group, i32.add(group.value, 1));
      return i32.ltU(group.value, end);
    });
  });
}

/**
 * deepQuotient(numerator, numerator stride, lift, constants, points, group, groups, out, out stride, add): the quotient of one
 * batch; the numerator may be lower by `lift`.
 * constants: A (4 words), B (4), m (2), c (2); D = (X - m0·Y + c0, c1 - m1·Y). points: nodes of the twiddle tree of log n - 1,
 * x of group t at t and its y at t ^ 1, negated for odd t. `add` ≠ 0: added to `out`
 */
function deepQuotientKernel(m: ModuleBuilder): void {
  const quotientOfChunk = m.function(
    'deepQuotientOfChunk',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    (f, numerator, numeratorStride, lift, constants, points, group, groups, out, outStride, add) => {
      const field = new Field(f);
      const constant = (word: number): Code => v128.load32Splat(constants.value, 4 * word);
      const end = f.let(i32.add(group.value, groups.value));
      const twiceAt = (t: Code): Code => i32.load(i32.add(points.value, i32.shl(t, 2)));
      const pointsOf = (t: Code): Complex => {
        const x = f.let(i32.shrU(twiceAt(t), 1));
        const other = f.let(i32.shrU(twiceAt(i32.xor(t, 1)), 1));
        const y = f.let(i32.select(i32.sub(0x7fffffff, other), other, i32.and(t, 1)));
        const pair = (v: Code, lanes: number[]): Code => f.let(i32x4.shuffle(i32x4.splat(v), i32x4.splat(i32.sub(0x7fffffff, v)), lanes));
        return [pair(x, [0, 1, 6, 7]), pair(y, [0, 5, 6, 3])];
      };
      // forward: denominators and products of all before, in scratch
      const ENTRY = 64;
      const entry = f.variable('i32', m.scratch);
      const t = f.variable('i32', group.value);
      const product: [Code, Code] = [v128.const(1), v128.const(0)];
      const running = product.map((p) => f.variable('v128', p));
      f.repeat(() => {
        const [x, y] = pointsOf(t.value);
        const d: Complex = [
          field.add(field.sub(x, field.mul(y, constant(8))), constant(10)),
          field.sub(f.let(constant(11)), field.mul(y, constant(9))),
        ];
        f.emit(v128.store(entry.value, d[0]));
        f.emit(v128.store(entry.value, d[1], 16));
        f.emit(v128.store(entry.value, running[0]!.value, 32));
        f.emit(v128.store(entry.value, running[1]!.value, 48));
        const next = field.complexMul([running[0]!.value, running[1]!.value], d);
        f.set(running[0]!, next[0]);
        f.set(running[1]!, next[1]);
        f.set(entry, i32.add(entry.value, ENTRY));
        f.set(t, i32.add(t.value, 1));
        return i32.ltU(t.value, end);
      });
      const inverse = field.complexInverse([running[0]!.value, running[1]!.value]);
      f.set(running[0]!, inverse[0]);
      f.set(running[1]!, inverse[1]);
      f.repeat(() => {
        f.set(entry, i32.sub(entry.value, ENTRY));
        f.set(t, i32.sub(t.value, 1));
        const rest: Complex = [running[0]!.value, running[1]!.value];
        const stored = (offset: number): Code => f.let(v128.load(entry.value, offset));
        const own = field.complexMul(rest, [stored(32), stored(48)]);
        const left = field.complexMul(rest, [stored(0), stored(16)]);
        f.set(running[0]!, left[0]);
        f.set(running[1]!, left[1]);
        const [, y] = pointsOf(t.value);
        const values = [0, 1, 2, 3].map(() => f.variable('v128'));
        const from = f.variable('i32');
        const load = (offset: Code, read: (pointer: Code) => Code): void => {
          f.set(from, i32.add(numerator.value, offset));
          for (const value of values) {
            f.set(value, read(from.value));
            f.set(from, i32.add(from.value, numeratorStride.value));
          }
        };
        f.if(
          lift.value,
          () => load(i32.shl(i32.shrU(i32.shl(t.value, 2), i32.add(lift.value, 1)), 3), (p) => v128.load64Splat(p)),
          () => load(i32.shl(t.value, 4), (p) => v128.load(p)),
        );
        const n = values.map((value, c) => field.sub(field.sub(value.value, field.mul(y, constant(c))), f.let(constant(4 + c))));
        const quotient = [...field.complexMul([n[0]!, n[1]!], own), ...field.complexMul([n[2]!, n[3]!], own)];
        const to = f.variable('i32', i32.add(out.value, i32.shl(t.value, 4)));
        for (const q of quotient) {
          const value = f.variable('v128', q);
          f.if(add.value, () => f.set(value, field.add(q, f.let(v128.load(to.value)))));
          f.emit(v128.store(to.value, value.value));
          f.set(to, i32.add(to.value, outStride.value));
        }
        return i32.gtU(t.value, group.value);
      });
    },
  );
  kernel(m, 'deepQuotient', (f, { numerator, numeratorStride, lift, constants, points, group, groups, out, outStride, add }) => {
    inChunks(f, group.value, groups.value, QUOTIENT_GROUPS, (first, count) => {
      const from = [numerator.value, numeratorStride.value, lift.value, constants.value, points.value];
      f.emit(quotientOfChunk(...from, first, count, out.value, outStride.value, add.value));
    });
  });
}

/**
 * fold(from, from stride, to, to stride, twiddles, circle, matrix, group, groups): (a + b) + α·(a - b)·t. twiddles: doubled
 * inverses, one a value; on the circle two a group of four (x, y), the values are y, -y, -x, x
 */
function foldKernel(m: ModuleBuilder): void {
  kernel(m, 'fold', (f, { from, fromStride, to, toStride, twiddles, circle, matrix, group, groups }) => {
    const field = new Field(f);
    const end = f.let(i32.add(group.value, groups.value));
    f.repeat(() => {
      const t = f.variable('v128');
      f.if(
        circle.value,
        () => {
          const xy = f.let(v128.load64Zero(i32.add(twiddles.value, i32.shl(group.value, 3))));
          const yx = f.let(i32x4.shuffle(xy, xy, [1, 1, 0, 0]));
          f.set(t, i32x4.shuffle(yx, field.twiceOpposite(yx), [0, 5, 6, 3]));
        },
        () => f.set(t, v128.load(i32.add(twiddles.value, i32.shl(group.value, 4)))),
      );
      const source = f.variable('i32', i32.add(from.value, i32.shl(group.value, 5)));
      const sums: Code[] = [];
      const differences: Code[] = [];
      for (let c = 0; c < 4; c++) {
        const first = f.let(v128.load(source.value));
        const second = f.let(v128.load(source.value, 16));
        f.set(source, i32.add(source.value, fromStride.value));
        const a = f.let(i32x4.shuffle(first, second, [0, 2, 4, 6]));
        const b = f.let(i32x4.shuffle(first, second, [1, 3, 5, 7]));
        sums.push(field.add(a, b));
        differences.push(field.mulTwice(field.sub(a, b), t.value));
      }
      const folded = timesConstant(field, differences as unknown as Felt, matrix.value, sums as unknown as Felt);
      const target = f.variable('i32', i32.add(to.value, i32.shl(group.value, 4)));
      for (const x of folded) {
        f.emit(v128.store(target.value, x));
        f.set(target, i32.add(target.value, toStride.value));
      }
      f.set(group, i32.add(group.value, 1));
      return i32.ltU(group.value, end);
    });
  });
}

/**
 * liftCoefficients(source, log, lift, left, right, log of a half): adds the coefficients of a small quotient at their places among
 * those of the large one, whose lower half is at `left`; y∘π^m = 2^m·y·x·π(x)⋯ sends odd ones to an odd place with a factor 2^lift
 */
function liftCoefficientsKernel(m: ModuleBuilder): void {
  kernel(m, 'liftCoefficients', (f, { source, log, lift, left, right, half }) => {
    const end = f.let(i32.add(source.value, i32.shl(i32.const(4), log.value)));
    const place = f.variable('i32', i32.const(0));
    const step = f.let(i32.shl(i32.const(2), lift.value));
    const size = f.let(i32.shl(i32.const(1), half.value));
    const opposite = f.let(i32.sub(31, lift.value));
    const addAt = (at: Code, value: Code): void => {
      const index = f.let(at);
      const target = f.let(
        i32.add(i32.select(left.value, right.value, i32.ltU(index, size)), i32.shl(i32.and(index, i32.sub(size, 1)), 2)),
      );
      const sum = f.let(i32.add(i32.load(target), value));
      f.emit(i32.store(target, i32.select(sum, i32.sub(sum, 0x7fffffff), i32.ltU(sum, 0x7fffffff))));
    };
    f.repeat(() => {
      addAt(place.value, i32.load(source.value));
      const odd = f.let(i32.load(source.value, 4));
      const scaled = i32.or(i32.and(i32.shl(odd, lift.value), 0x7fffffff), i32.shrU(odd, opposite));
      addAt(i32.add(place.value, i32.sub(step, 1)), scaled);
      f.set(place, i32.add(place.value, step));
      f.set(source, i32.add(source.value, 8));
      return i32.ltU(source.value, end);
    });
  });
}

/** liftColumn(from, to, lift, group, groups): a column of a lower height on a larger domain */
function liftColumnKernel(m: ModuleBuilder): void {
  kernel(m, 'liftColumn', (f, { from, to, lift, group, groups }) => {
    const end = f.let(i32.add(group.value, groups.value));
    f.repeat(() => {
      const source = i32.add(from.value, i32.shl(i32.shrU(i32.shl(group.value, 2), i32.add(lift.value, 1)), 3));
      f.emit(v128.store(i32.add(to.value, i32.shl(group.value, 4)), v128.load64Splat(source)));
      f.set(group, i32.add(group.value, 1));
      return i32.ltU(group.value, end);
    });
  });
}

/** Σ over groups of value·weight with a weight vector for each; a multiple of 4 groups */
function weightedGroups(
  f: FunctionBuilder,
  field: Field,
  count: Code,
  next: () => { value: Code; weight: (c: number) => Code; advance: () => void },
): Felt {
  const sums: Wide[] = [0, 1, 2, 3].map(() => field.wideZero());
  const left = f.variable('i32', count);
  f.repeat(() => {
    for (let unrolled = 0; unrolled < 4; unrolled++) {
      const { value, weight, advance } = next();
      const v = f.let(value);
      for (let c = 0; c < 4; c++) field.wideAdd(sums[c]!, v, weight(c));
      advance();
    }
    for (const sum of sums) field.reduceWide(sum);
    f.set(left, i32.sub(left.value, 4));
    return left.value;
  });
  return sums.map((sum) => field.fromReduced(sum)) as unknown as Felt;
}
