// Kernels that go through the rows in order: registers (affine recurrences) and the running sum with what it adds up. Source: AIR.md §5.0.
// The recurrence is one dependent product a row, with the four coordinates of the state in the lanes. Caveat: it is sequential;
// only its terms (computed by circuit.ts) are shared among threads.
import { type Code, type FunctionBuilder, i32, i32x4, type ModuleBuilder, v128 } from '../../emitter/module.ts';
import { Field } from './field.ts';
import { kernel } from './table.ts';

/** rows of a 4 × 4 matrix of words to columns */
function transpose(f: FunctionBuilder, [a, b, c, d]: readonly [Code, Code, Code, Code]): [Code, Code, Code, Code] {
  const low = f.let(i32x4.shuffle(a, b, [0, 4, 1, 5]));
  const high = f.let(i32x4.shuffle(a, b, [2, 6, 3, 7]));
  const lowRest = f.let(i32x4.shuffle(c, d, [0, 4, 1, 5]));
  const highRest = f.let(i32x4.shuffle(c, d, [2, 6, 3, 7]));
  return [
    f.let(i32x4.shuffle(low, lowRest, [0, 1, 4, 5])),
    f.let(i32x4.shuffle(low, lowRest, [2, 3, 6, 7])),
    f.let(i32x4.shuffle(high, highRest, [0, 1, 4, 5])),
    f.let(i32x4.shuffle(high, highRest, [2, 3, 6, 7])),
  ];
}

export function scanKernels(m: ModuleBuilder): void {
  // scan(terms, groups, state, out, out stride): state = carry·state + add, row after row; the state (four words) is left at `state`
  kernel(m, 'scan', (f, { terms, groups, state, out, outStride }) => {
    const field = new Field(f);
    const x = f.variable('v128', v128.load(state.value));
    const lowHalf = f.let(v128.const(-1, -1, 0, 0));
    const end = f.let(i32.add(terms.value, i32.shl(groups.value, 7)));
    f.repeat(() => {
      const rows = transpose(f, field.loadFelt(terms.value, 64, 16) as [Code, Code, Code, Code]);
      const states = rows.map((added, row) => {
        const carry = (c: number): Code => v128.load32Splat(terms.value, 16 * c + 4 * row);
        const now = x.value;
        const minus = field.opposite(now);
        // i·x, u·x and i·u·x as vectors of coordinates
        const timesI = f.let(i32x4.shuffle(minus, now, [1, 4, 3, 6]));
        const double = field.add(now, now);
        const left = f.let(i32x4.shuffle(double, now, [2, 3, 4, 5]));
        const timesU = field.add(left, f.let(v128.and(i32x4.shuffle(minus, now, [3, 6, 0, 0]), lowHalf)));
        const timesIU = f.let(i32x4.shuffle(field.opposite(timesU), timesU, [1, 4, 3, 6]));
        const sum = field.wideZero();
        field.wideAdd(sum, now, carry(0));
        field.wideAdd(sum, timesI, carry(1));
        field.wideAdd(sum, timesU, carry(2));
        field.wideAdd(sum, timesIU, carry(3));
        const next = field.add(field.fromWide(sum), added);
        f.set(x, next);
        return next;
      });
      const columns = transpose(f, states as [Code, Code, Code, Code]);
      const to = f.variable('i32', out.value);
      for (const column of columns) {
        f.emit(v128.store(to.value, column));
        f.set(to, i32.add(to.value, outStride.value));
      }
      f.set(out, i32.add(out.value, 16));
      f.set(terms, i32.add(terms.value, 128));
      return i32.ltU(terms.value, end);
    });
    f.emit(v128.store(state.value, x.value));
  });

  // addSteps(from, from stride, mask, rotation, to, to stride, group, groups): group g of four coordinate columns at `to` gets 2^-rotation times
  // group g & mask of those at `from`
  kernel(m, 'addSteps', (f, { from, fromStride, mask, rotation, to, toStride, group, groups }) => {
    const field = new Field(f);
    const opposite = f.let(i32.sub(31, rotation.value));
    const end = f.let(i32.add(group.value, groups.value));
    f.repeat(() => {
      const source = f.variable('i32', i32.add(from.value, i32.shl(i32.and(group.value, mask.value), 4)));
      const target = f.variable('i32', i32.add(to.value, i32.shl(group.value, 4)));
      for (let c = 0; c < 4; c++) {
        const step = field.rotate(f.let(v128.load(source.value)), rotation.value, opposite);
        f.emit(v128.store(target.value, field.add(step, f.let(v128.load(target.value)))));
        f.set(source, i32.add(source.value, fromStride.value));
        f.set(target, i32.add(target.value, toStride.value));
      }
      f.set(group, i32.add(group.value, 1));
      return i32.ltU(group.value, end);
    });
  });

  // sumRows(column, stride, group, groups, total): the sum of these groups of four coordinate columns, a vector for each
  kernel(m, 'sumRows', (f, { column, stride, group, groups, total }) => {
    const field = new Field(f);
    const sums = [0, 1, 2, 3].map(() => f.variable('v128', v128.const(0)));
    const end = f.let(i32.add(group.value, groups.value));
    f.repeat(() => {
      const at = f.variable('i32', i32.add(column.value, i32.shl(group.value, 4)));
      for (const sum of sums) {
        f.set(sum, field.add(sum.value, f.let(v128.load(at.value))));
        f.set(at, i32.add(at.value, stride.value));
      }
      f.set(group, i32.add(group.value, 1));
      return i32.ltU(group.value, end);
    });
    for (const [c, sum] of sums.entries()) f.emit(v128.store(total.value, sum.value, 16 * c));
  });

  // runningSum(column, stride, group, groups, state): four coordinate columns of partial sums → Σ (partial - share) up to each row.
  // state: share (four words), the sum before these rows (four words)
  kernel(m, 'runningSum', (f, { column, stride, group, groups, state }) => {
    const field = new Field(f);
    const zero = f.let(v128.const(0));
    const end = f.let(i32.add(group.value, groups.value));
    const carries = [0, 1, 2, 3].map((c) => f.variable('v128', v128.load32Splat(state.value, 16 + 4 * c)));
    f.repeat(() => {
      const at = f.variable('i32', i32.add(column.value, i32.shl(group.value, 4)));
      for (const [c, carry] of carries.entries()) {
        const own = field.sub(f.let(v128.load(at.value)), f.let(v128.load32Splat(state.value, 4 * c)));
        const pairs = field.add(own, f.let(i32x4.shuffle(zero, own, [0, 4, 5, 6])));
        const all = field.add(pairs, f.let(i32x4.shuffle(zero, pairs, [0, 1, 4, 5])));
        const sum = field.add(all, carry.value);
        f.emit(v128.store(at.value, sum));
        f.set(carry, i32x4.shuffle(sum, sum, [3, 3, 3, 3]));
        f.set(at, i32.add(at.value, stride.value));
      }
      f.set(group, i32.add(group.value, 1));
      return i32.ltU(group.value, end);
    });
  });

  // deinterleave(from, to, to stride, log, first, count): word first + i of column l is from[(first + i)·2^log + l]
  kernel(m, 'deinterleave', (f, { from, to, toStride, log, first, count }) => {
    const source = f.variable('i32', i32.add(from.value, i32.shl(first.value, i32.add(log.value, 2))));
    const row = f.variable('i32', i32.add(to.value, i32.shl(first.value, 2)));
    const size = f.let(i32.shl(i32.const(1), log.value));
    f.for(0, count.value, 1, () => {
      const at = f.variable('i32', row.value);
      f.for(0, size, 1, () => {
        f.emit(i32.store(at.value, i32.load(source.value)));
        f.set(at, i32.add(at.value, toStride.value));
        f.set(source, i32.add(source.value, 4));
      });
      f.set(row, i32.add(row.value, 4));
    });
  });
}
