// M31, CM31 and QM31 arithmetic on vectors as emitted code: four lanes a v128, an extension element is four v128.
// Source: "Circle STARKs" (ePrint 2024/278) §2; products by the doubled operand: 2ab = hi·2^32 + lo gives ab = hi + lo/2 mod P.
// Caveat: inputs and results are canonical (0..P-1) unless a name says `twice` (0..2P-2) or `wide` (64-bit lanes).
import { type Code, type FunctionBuilder, i32x4, i64x2, type Variable, v128 } from '../../emitter/module.ts';
import { CONSTANT } from '../map.ts';

/** an element of QM31 in every lane: coordinates 0…3 */
export type Felt = readonly [Code, Code, Code, Code];
/** an element of CM31 in every lane */
export type Complex = readonly [Code, Code];

/** Sum of 64-bit products of lanes 0, 1 (low) and 2, 3 (high); at most four products between two `reduceWide`. */
export interface Wide {
  low: Variable;
  high: Variable;
}

/** Arithmetic inside one function; every result is named, so it may be used many times. */
export class Field {
  readonly #f: FunctionBuilder;
  readonly modulus: Code;
  #twice: Code | undefined;
  readonly #low31: () => Code;

  constructor(f: FunctionBuilder) {
    this.#f = f;
    this.modulus = f.let(v128.load(CONSTANT.modulus));
    let low31: Code | undefined;
    this.#low31 = () => (low31 ??= v128.load(CONSTANT.low31));
  }

  /** s - P if that is not negative; s < 2P */
  canonical(s: Code): Code {
    return this.#f.let(i32x4.minU(s, i32x4.sub(s, this.modulus)));
  }

  add(a: Code, b: Code): Code {
    return this.canonical(this.#f.let(i32x4.add(a, b)));
  }

  sub(a: Code, b: Code): Code {
    const d = this.#f.let(i32x4.sub(a, b));
    return this.#f.let(i32x4.minU(d, i32x4.add(d, this.modulus)));
  }

  /** P - a for a ≠ 0, and P for a = 0: fit for a product only */
  opposite(a: Code): Code {
    return this.#f.let(i32x4.sub(this.modulus, a));
  }

  neg(a: Code): Code {
    return this.canonical(this.opposite(a));
  }

  twice(a: Code): Code {
    return this.#f.let(i32x4.add(a, a));
  }

  /** 2·(-x) from 2·x, both as plain doubled numbers; x may not be 0 */
  twiceOpposite(twiceX: Code): Code {
    this.#twice ??= v128.load(CONSTANT.twiceModulus);
    return this.#f.let(i32x4.sub(this.#twice, twiceX));
  }

  /** a name for an operand that is used more than once: a load would be made twice */
  named(x: Code): Code {
    return x.operation.name === 'local.get' ? x : this.#f.let(x);
  }

  /** a·b from a ≤ P and 2b */
  mulTwice(a: Code, twice: Code): Code {
    const twiceB = this.named(twice);
    const low = this.#f.let(i64x2.extmulLow(a, twiceB));
    const high = this.#f.let(i64x2.extmulHigh(a, twiceB));
    const half = i32x4.shrU(i32x4.shuffle(low, high, [0, 2, 4, 6]), 1);
    return this.canonical(this.#f.let(i32x4.add(half, i32x4.shuffle(low, high, [1, 3, 5, 7]))));
  }

  mul(a: Code, b: Code): Code {
    return this.mulTwice(a, this.twice(b));
  }

  /** x·2^-count for a constant count in 1..30: a rotation of 31 bits */
  rotate(x: Code, count: Code, opposite: Code): Code {
    return this.#f.let(v128.or(i32x4.shrU(x, count), v128.and(i32x4.shl(x, opposite), this.modulus)));
  }

  // ---- sums of products without a reduction for each

  wideZero(): Wide {
    const zero = v128.const(0);
    return { low: this.#f.variable('v128', zero), high: this.#f.variable('v128', zero) };
  }

  /** sum += a·b, a and b ≤ P */
  wideAdd(sum: Wide, a: Code, b: Code): void {
    const factor = this.named(b);
    this.#f.set(sum.low, i64x2.add(sum.low.value, i64x2.extmulLow(a, factor)));
    this.#f.set(sum.high, i64x2.add(sum.high.value, i64x2.extmulHigh(a, factor)));
  }

  /** brings both sums below 2^34 */
  reduceWide(sum: Wide): void {
    for (const half of [sum.low, sum.high]) this.#f.set(half, i64x2.add(v128.and(half.value, this.#low31()), i64x2.shrU(half.value, 31)));
  }

  /** the canonical value of a sum that `reduceWide` has just brought below 2^34 */
  fromReduced(sum: Wide): Code {
    this.reduceWide(sum); // below 2^31 + 8
    return this.canonical(this.#f.let(i32x4.shuffle(sum.low.value, sum.high.value, [0, 2, 4, 6])));
  }

  fromWide(sum: Wide): Code {
    this.reduceWide(sum);
    return this.fromReduced(sum);
  }

  // ---- CM31

  /**
   * a·b + c·d from a, c ≤ P and 2b, 2d: the high words of the doubled products add up to at most 2P - 5, so one conditional
   * subtraction brings them below P. Five instructions less than two products and an addition.
   */
  sumOfTwo(a: Code, b2: Code, c: Code, d2: Code): Code {
    const twiceB = this.named(b2);
    const twiceD = this.named(d2);
    const low = this.#f.let(i64x2.add(i64x2.extmulLow(a, twiceB), i64x2.extmulLow(c, twiceD)));
    const high = this.#f.let(i64x2.add(i64x2.extmulHigh(a, twiceB), i64x2.extmulHigh(c, twiceD)));
    const top = this.canonical(this.#f.let(i32x4.shuffle(low, high, [1, 3, 5, 7])));
    return this.canonical(this.#f.let(i32x4.add(i32x4.shrU(i32x4.shuffle(low, high, [0, 2, 4, 6]), 1), top)));
  }

  complexMul([a, b]: Complex, [c, d]: Complex): Complex {
    const c2 = this.twice(c);
    const d2 = this.twice(d);
    return [this.sumOfTwo(a, c2, this.opposite(b), d2), this.sumOfTwo(a, d2, b, c2)];
  }

  complexAdd(x: Complex, y: Complex): Complex {
    return [this.add(x[0], y[0]), this.add(x[1], y[1])];
  }

  complexSub(x: Complex, y: Complex): Complex {
    return [this.sub(x[0], y[0]), this.sub(x[1], y[1])];
  }

  /** (2 + i)·x */
  timesTwoPlusI([a, b]: Complex): Complex {
    return [this.sub(this.add(a, a), b), this.add(a, this.add(b, b))];
  }

  // ---- QM31

  feltAdd(x: Felt, y: Felt): Felt {
    return [this.add(x[0], y[0]), this.add(x[1], y[1]), this.add(x[2], y[2]), this.add(x[3], y[3])];
  }

  feltSub(x: Felt, y: Felt): Felt {
    return [this.sub(x[0], y[0]), this.sub(x[1], y[1]), this.sub(x[2], y[2]), this.sub(x[3], y[3])];
  }

  /** x·b for b in M31 */
  feltScale(x: Felt, b: Code): Felt {
    const b2 = this.twice(b);
    return [this.mulTwice(x[0], b2), this.mulTwice(x[1], b2), this.mulTwice(x[2], b2), this.mulTwice(x[3], b2)];
  }

  /** three products in CM31 (Karatsuba) */
  feltMul(x: Felt, y: Felt): Felt {
    const x0: Complex = [x[0], x[1]];
    const x1: Complex = [x[2], x[3]];
    const y0: Complex = [y[0], y[1]];
    const y1: Complex = [y[2], y[3]];
    const a = this.complexMul(x0, y0);
    const b = this.complexMul(x1, y1);
    const both = this.complexMul(this.complexAdd(x0, x1), this.complexAdd(y0, y1));
    const real = this.complexAdd(a, this.timesTwoPlusI(b));
    const rest = this.complexSub(both, this.complexAdd(a, b));
    return [...real, ...rest];
  }

  loadFelt(pointer: Code, offset: number, stride: number): Felt {
    const at = (c: number): Code => this.#f.let(v128.load(pointer, offset + c * stride));
    return [at(0), at(1), at(2), at(3)];
  }

  storeFelt(pointer: Code, x: Felt, offset: number, stride: number): void {
    for (let c = 0; c < 4; c++) this.#f.emit(v128.store(pointer, x[c]!, offset + c * stride));
  }

  /** a^(P-2) in every lane, by the addition chain of fri/core/m31.ts */
  inverse(a: Code): Code {
    const square = (x: Code, times: number): Code => {
      let y = x;
      for (let i = 0; i < times; i++) y = this.mul(y, y);
      return y;
    };
    const ones2 = this.mul(square(a, 1), a);
    const ones3 = this.mul(square(ones2, 1), a);
    const ones6 = this.mul(square(ones3, 3), ones3);
    const ones7 = this.mul(square(ones6, 1), a);
    const ones14 = this.mul(square(ones7, 7), ones7);
    const ones28 = this.mul(square(ones14, 14), ones14);
    const ones29 = this.mul(square(ones28, 1), a);
    return this.mul(square(ones29, 2), a);
  }

  complexSquare([a, b]: Complex): Complex {
    const half = this.mul(a, b);
    return [this.mul(this.add(a, b), this.sub(a, b)), this.add(half, half)];
  }

  /** x times its conjugate */
  complexNorm([a, b]: Complex): Code {
    return this.sumOfTwo(a, this.twice(a), b, this.twice(b));
  }

  complexInverse(x: Complex): Complex {
    const norm = this.twice(this.inverse(this.complexNorm(x)));
    return [this.mulTwice(x[0], norm), this.mulTwice(this.opposite(x[1]), norm)];
  }

  /** x times its conjugate (-u for u, where u² = 2 + i) */
  feltNorm([a, b, c, d]: Felt): Complex {
    return this.complexSub(this.complexSquare([a, b]), this.timesTwoPlusI(this.complexSquare([c, d])));
  }
}
