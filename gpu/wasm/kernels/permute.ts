// Trace rows into storage order. Position pairs (2q, 2q+1) hold rows (2b, N-1-2b) with b the bit reversal of q, so row 2b goes to
// position 2q and row 2b+1 to position N-1-2q. Source: PCS.md §2; tiles as in Carter and Gatlin, "Towards an optimal bit-reversal
// permutation program" (1998). Caveat: values are multiplied by 2^-n on the way, the factor that interpolation needs at its end.
import { type Code, type FunctionBuilder, i32, i32x4, type ModuleBuilder, type Variable, v128 } from '../../emitter/module.ts';

/** a tile is 16 × 16 pairs */
const TILE_LOG = 4;
const TILE = 1 << TILE_LOG;
const PAIR = 8;
const TILE_BYTES = TILE * TILE * PAIR;

const reverse4 = (c: number): number => ((c & 1) << 3) | ((c & 2) << 1) | ((c >> 1) & 2) | (c >> 3);
const reverse4Code = (f: FunctionBuilder, c: Code): Code =>
  f.let(i32.or(i32.or(i32.shl(i32.and(c, 1), 3), i32.shl(i32.and(c, 2), 1)), i32.or(i32.and(i32.shrU(c, 1), 2), i32.shrU(c, 3))));

/** `reversed` counts up in bit-reversed order within `mask`: the bits from the highest zero bit on are flipped */
function countReversed(f: FunctionBuilder, reversed: Variable, mask: Code): void {
  const highest = i32.sub(31, i32.clz(i32.and(i32.xor(reversed.value, -1), mask)));
  f.set(reversed, i32.xor(reversed.value, i32.and(mask, i32.shl(i32.const(-1), highest))));
}

/** (source rows, target, n ≥ 3): 2^n values; source and target do not overlap */
export function permuteKernel(m: ModuleBuilder): (...args: (Code | number)[]) => Code {
  const small = m.function('permuteSmall', ['i32', 'i32', 'i32'], (f, source, target, n) => {
    const mask = f.let(i32.sub(i32.shl(i32.const(1), i32.sub(n.value, 1)), 1));
    const last = f.let(i32.add(target.value, i32.sub(i32.shl(i32.const(4), n.value), 4)));
    const opposite = f.let(i32.sub(31, n.value));
    const rotated = (x: Code): Code => i32.or(i32.shrU(x, n.value), i32.and(i32.shl(x, opposite), 0x7fffffff));
    const q = f.variable('i32', i32.const(0));
    const end = f.let(i32.add(source.value, i32.shl(i32.const(4), n.value)));
    f.repeat(() => {
      const even = f.let(i32.load(source.value));
      const odd = f.let(i32.load(source.value, 4));
      f.emit(i32.store(i32.add(target.value, i32.shl(q.value, 3)), rotated(even)));
      f.emit(i32.store(i32.sub(last, i32.shl(q.value, 3)), rotated(odd)));
      countReversed(f, q, mask);
      f.set(source, i32.add(source.value, 8));
      return i32.ltU(source.value, end);
    });
  });

  // reads the 16 runs of tile `middle`: even rows into `own`, odd rows into the tile of the complement, both transposed
  const readTile = m.function('permuteRead', ['i32', 'i32', 'i32', 'i32'], (f, from, step, own, other) => {
    f.for(0, TILE, 1, (a) => {
      const reversed = reverse4Code(f, a);
      const evens = f.let(i32.add(own.value, i32.shl(reversed, 3)));
      const odds = f.let(i32.add(other.value, i32.shl(i32.sub(TILE - 1, reversed), 3)));
      for (let c = 0; c < TILE; c += 4) {
        const x = f.let(v128.load(from.value, c * PAIR));
        const y = f.let(v128.load(from.value, c * PAIR + 16));
        const even = f.let(i32x4.shuffle(x, y, [0, 2, 4, 6]));
        const odd = f.let(i32x4.shuffle(x, y, [1, 3, 5, 7]));
        for (let lane = 0; lane < 4; lane++) {
          const row = reverse4(c + lane);
          f.emit(v128.store32Lane(evens, even, lane, row * TILE * PAIR));
          f.emit(v128.store32Lane(odds, odd, lane, (TILE - 1 - row) * TILE * PAIR + 4));
        }
      }
      f.set(from, i32.add(from.value, step.value));
    });
  });

  const writeTile = m.function('permuteWrite', ['i32', 'i32', 'i32', 'i32'], (f, tile, to, step, n) => {
    const opposite = f.let(i32.sub(31, n.value));
    const low31 = f.let(v128.const(0x7fffffff));
    f.for(0, TILE, 1, () => {
      for (let at = 0; at < TILE * PAIR; at += 16) {
        const x = f.let(v128.load(tile.value, at));
        f.emit(v128.store(to.value, v128.or(i32x4.shrU(x, n.value), v128.and(i32x4.shl(x, opposite), low31)), at));
      }
      f.set(tile, i32.add(tile.value, TILE * PAIR));
      f.set(to, i32.add(to.value, step.value));
    });
  });

  return m.function('permute', ['i32', 'i32', 'i32'], (f, source, target, n) => {
    f.if(i32.ltU(n.value, 2 * TILE_LOG + 2), () => {
      f.emit(small(source.value, target.value, n.value));
      f.return();
    });
    const step = f.let(i32.shl(i32.const(PAIR), i32.sub(n.value, TILE_LOG + 1)));
    const middles = f.let(i32.shl(i32.const(1), i32.sub(n.value, 2 * TILE_LOG + 1)));
    const mask = f.let(i32.sub(middles, 1));
    const first = f.let(m.scratch);
    const second = f.let(i32.add(m.scratch, TILE_BYTES));
    const reversed = f.variable('i32', i32.const(0));
    const offset = (middle: Code): Code => i32.shl(middle, TILE_LOG + 3);
    f.for(0, i32.shrU(middles, 1), 1, (middle) => {
      const complement = f.let(i32.sub(mask, middle));
      f.emit(readTile(i32.add(source.value, offset(middle)), step, first, second));
      f.emit(readTile(i32.add(source.value, offset(complement)), step, second, first));
      f.emit(writeTile(first, i32.add(target.value, offset(reversed.value)), step, n.value));
      f.emit(writeTile(second, i32.add(target.value, offset(i32.sub(mask, reversed.value))), step, n.value));
      countReversed(f, reversed, mask);
    });
  });
}
