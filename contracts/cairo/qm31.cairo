// QM31 = CM31[u]/(u² - 2 - i), an element a + b·i + (c + d·i)·u as four felts that may be unreduced (m31.cairo).
// Source: fri/core/qm31.ts. Caveat: `mul` does not reduce: |coordinates of x·y| ≤ 8·bound(x)·bound(y), which must stay below 2^125.
#[derive(Copy, Drop)]
struct Q {
    a: felt252,
    b: felt252,
    c: felt252,
    d: felt252,
}

fn q_zero() -> Q {
    Q { a: 0, b: 0, c: 0, d: 0 }
}

fn q_one() -> Q {
    Q { a: 1, b: 0, c: 0, d: 0 }
}

/// x·y, unreduced
#[inline(never)]
fn mul(x: Q, y: Q) -> Q {
    let m = x.c * y.c - x.d * y.d;
    let n = x.c * y.d + x.d * y.c;
    Q {
        a: x.a * y.a - x.b * y.b + m + m - n,
        b: x.a * y.b + x.b * y.a + m + n + n,
        c: x.a * y.c - x.b * y.d + x.c * y.a - x.d * y.b,
        d: x.a * y.d + x.b * y.c + x.c * y.b + x.d * y.a,
    }
}

/// an element whose coordinates are below p, as words: what is hashed and sent; as felts they cost nothing
#[derive(Copy, Drop)]
struct Words {
    a: u32,
    b: u32,
    c: u32,
    d: u32,
}

#[inline(always)]
fn from_words(w: Words) -> Q {
    Q { a: w.a.into(), b: w.b.into(), c: w.c.into(), d: w.d.into() }
}

/// every coordinate mod p: `reduce` four times without its calls
#[inline(never)]
fn red_words(x: Q) -> Words {
    let a: u128 = match (x.a + REDUCE_OFFSET).try_into() {
        Option::Some(v) => v,
        Option::None => { return Words { a: 0, b: 0, c: 0, d: 0 }; },
    };
    let b: u128 = match (x.b + REDUCE_OFFSET).try_into() {
        Option::Some(v) => v,
        Option::None => { return Words { a: 0, b: 0, c: 0, d: 0 }; },
    };
    let c: u128 = match (x.c + REDUCE_OFFSET).try_into() {
        Option::Some(v) => v,
        Option::None => { return Words { a: 0, b: 0, c: 0, d: 0 }; },
    };
    let d: u128 = match (x.d + REDUCE_OFFSET).try_into() {
        Option::Some(v) => v,
        Option::None => { return Words { a: 0, b: 0, c: 0, d: 0 }; },
    };
    let (_, a) = bounded_int::div_rem(a, MODULUS);
    let (_, b) = bounded_int::div_rem(b, MODULUS);
    let (_, c) = bounded_int::div_rem(c, MODULUS);
    let (_, d) = bounded_int::div_rem(d, MODULUS);
    Words { a: upcast(a), b: upcast(b), c: upcast(c), d: upcast(d) }
}

#[inline(always)]
fn red(x: Q) -> Q {
    from_words(red_words(x))
}

#[inline(always)]
fn q_mul(x: Q, y: Q) -> Q {
    red(mul(x, y))
}

#[inline(always)]
fn add(x: Q, y: Q) -> Q {
    Q { a: x.a + y.a, b: x.b + y.b, c: x.c + y.c, d: x.d + y.d }
}

#[inline(always)]
fn sub(x: Q, y: Q) -> Q {
    Q { a: x.a - y.a, b: x.b - y.b, c: x.c - y.c, d: x.d - y.d }
}

#[inline(always)]
fn neg(x: Q) -> Q {
    Q { a: -x.a, b: -x.b, c: -x.c, d: -x.d }
}

/// x·k, unreduced
#[inline(always)]
fn scale(x: Q, k: felt252) -> Q {
    Q { a: x.a * k, b: x.b * k, c: x.c * k, d: x.d * k }
}

/// x + k
#[inline(always)]
fn add_constant(x: Q, k: felt252) -> Q {
    Q { a: x.a + k, b: x.b, c: x.c, d: x.d }
}

/// k - x
#[inline(always)]
fn constant_sub(k: felt252, x: Q) -> Q {
    Q { a: k - x.a, b: -x.b, c: -x.c, d: -x.d }
}

/// whether a reduced x is 0
#[inline(always)]
fn is_zero(x: Q) -> bool {
    x.a == 0 && x.b == 0 && x.c == 0 && x.d == 0
}

/// whether two reduced elements are equal
#[inline(always)]
fn q_equal(x: Q, y: Q) -> bool {
    x.a == y.a && x.b == y.b && x.c == y.c && x.d == y.d
}

/// 1/(a + b·i) for reduced a, b that are not both 0: (a - b·i)/(a² + b²)
fn cm31_inverse(a: felt252, b: felt252) -> (felt252, felt252) {
    let norm = invert(reduce(a * a + b * b));
    (multiply(a, norm), multiply(-b, norm))
}

/// 1/x = (e - f·u)/(e² - (2 + i)·f²) for a reduced x = e + f·u ≠ 0
fn q_inverse(x: Q) -> Q {
    let (s, t) = (x.c * x.c - x.d * x.d, 2 * x.c * x.d);
    let real = reduce(x.a * x.a - x.b * x.b - s - s + t);
    let imaginary = reduce(2 * x.a * x.b - s - t - t);
    let (g, h) = cm31_inverse(real, imaginary);
    red(
        Q {
            a: x.a * g - x.b * h, b: x.a * h + x.b * g, c: x.d * h - x.c * g, d: -(x.c * h + x.d * g),
        }
    )
}

/// s0 + s1·i + s2·u + s3·iu: one QM31 column from the four samples of its coordinate columns; 8 times their bound
#[inline(never)]
fn combine(s0: Q, s1: Q, s2: Q, s3: Q) -> Q {
    let (e, f, g, h) = (s2.a - s3.b, s2.b + s3.a, s2.c - s3.d, s2.d + s3.c);
    Q { a: s0.a - s1.b + g + g - h, b: s0.b + s1.a + g + h + h, c: s0.c - s1.d + e, d: s0.d + s1.c + f }
}

/// two coordinates in a felt: the second one is above these bits
const SHIFT128: felt252 = 0x100000000000000000000000000000000;
/// p·2^82·(1 + 2^128): makes packed coordinates that are above -2^112 positive
const PACKED_OFFSET: felt252 = 0x1fffffffc000000000000000000000001fffffffc00000000000000000000;

/// Two packed felts (a + b·2^128, c + d·2^128) of signed coordinates |v| < 2^112, every coordinate mod p.
#[inline(never)]
fn unpack(low: felt252, high: felt252) -> Words {
    let s: u256 = (low + PACKED_OFFSET).into();
    let t: u256 = (high + PACKED_OFFSET).into();
    let (_, a) = bounded_int::div_rem(s.low, MODULUS);
    let (_, b) = bounded_int::div_rem(s.high, MODULUS);
    let (_, c) = bounded_int::div_rem(t.low, MODULUS);
    let (_, d) = bounded_int::div_rem(t.high, MODULUS);
    Words { a: upcast(a), b: upcast(b), c: upcast(c), d: upcast(d) }
}

/// The product by one element g as a map of four coordinates to two packed felts, in 8 products: rows of the matrix of g, two in a felt.
#[derive(Copy, Drop)]
struct Factor {
    low0: felt252,
    low1: felt252,
    low2: felt252,
    low3: felt252,
    high0: felt252,
    high1: felt252,
}

/// entries below 3·2^31 for a reduced g, so that coordinates of a product are below 8·2^31 times the bound of the other factor
fn factor(g: Q) -> Factor {
    Factor {
        low0: g.a + g.b * SHIFT128,
        low1: g.a * SHIFT128 - g.b,
        low2: g.c + g.c - g.d + (g.c + g.d + g.d) * SHIFT128,
        low3: (g.c + g.c - g.d) * SHIFT128 - g.c - g.d - g.d,
        high0: g.c + g.d * SHIFT128,
        high1: g.c * SHIFT128 - g.d,
    }
}

#[inline(always)]
fn product_low(f: Factor, a: felt252, b: felt252, c: felt252, d: felt252) -> felt252 {
    f.low0 * a + f.low1 * b + f.low2 * c + f.low3 * d
}

#[inline(always)]
fn product_high(f: Factor, a: felt252, b: felt252, c: felt252, d: felt252) -> felt252 {
    f.high0 * a + f.high1 * b + f.low0 * c + f.low1 * d
}

#[inline(always)]
fn append_element(ref out: Array<u32>, v: Words) {
    out.append(v.a);
    out.append(v.b);
    out.append(v.c);
    out.append(v.d);
}

/// Adds Σ p_e·w_e over words to two packed sums, for packed elements p_e that are taken from the front. 16 words at once, the rest by halves: a loop is
/// billed a whole round where it ends.
fn row_sum(words: Span<u32>, ref powers: Span<felt252>, ref low: felt252, ref high: felt252) {
    let mut rest = words;
    loop {
        match rest.multi_pop_front::<16>() {
            Option::Some(some) => {
                pay_here();
                let [w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15] = (*some).unbox();
                let [
                    p0, q0, p1, q1, p2, q2, p3, q3, p4, q4, p5, q5, p6, q6, p7, q7, p8, q8, p9, q9, p10, q10, p11, q11, p12, q12, p13, q13, p14, q14, p15, q15
                ] = (*powers.multi_pop_front::<32>().unwrap()).unbox();
                let (v0, v1, v2, v3): (felt252, felt252, felt252, felt252) = (w0.into(), w1.into(), w2.into(), w3.into());
                let (v4, v5, v6, v7): (felt252, felt252, felt252, felt252) = (w4.into(), w5.into(), w6.into(), w7.into());
                let (v8, v9, v10, v11): (felt252, felt252, felt252, felt252) = (w8.into(), w9.into(), w10.into(), w11.into());
                let (v12, v13, v14, v15): (felt252, felt252, felt252, felt252) = (w12.into(), w13.into(), w14.into(), w15.into());
                low = low + v0 * p0 + v1 * p1 + v2 * p2 + v3 * p3 + v4 * p4 + v5 * p5 + v6 * p6 + v7 * p7 + v8 * p8 + v9 * p9 + v10 * p10 + v11 * p11 + v12 * p12 + v13 * p13 + v14 * p14 + v15 * p15;
                high = high + v0 * q0 + v1 * q1 + v2 * q2 + v3 * q3 + v4 * q4 + v5 * q5 + v6 * q6 + v7 * q7 + v8 * q8 + v9 * q9 + v10 * q10 + v11 * q11 + v12 * q12 + v13 * q13 + v14 * q14 + v15 * q15;
            },
            Option::None => { break; },
        }
    };
    match rest.multi_pop_front::<8>() {
        Option::Some(some) => {
            let [w0, w1, w2, w3, w4, w5, w6, w7] = (*some).unbox();
            let [p0, q0, p1, q1, p2, q2, p3, q3, p4, q4, p5, q5, p6, q6, p7, q7] = (*powers.multi_pop_front::<16>().unwrap()).unbox();
            let (v0, v1, v2, v3): (felt252, felt252, felt252, felt252) = (w0.into(), w1.into(), w2.into(), w3.into());
            let (v4, v5, v6, v7): (felt252, felt252, felt252, felt252) = (w4.into(), w5.into(), w6.into(), w7.into());
            low = low + v0 * p0 + v1 * p1 + v2 * p2 + v3 * p3 + v4 * p4 + v5 * p5 + v6 * p6 + v7 * p7;
            high = high + v0 * q0 + v1 * q1 + v2 * q2 + v3 * q3 + v4 * q4 + v5 * q5 + v6 * q6 + v7 * q7;
        },
        Option::None => {},
    }
    match rest.multi_pop_front::<4>() {
        Option::Some(some) => {
            let [w0, w1, w2, w3] = (*some).unbox();
            let [p0, q0, p1, q1, p2, q2, p3, q3] = (*powers.multi_pop_front::<8>().unwrap()).unbox();
            let (v0, v1, v2, v3): (felt252, felt252, felt252, felt252) = (w0.into(), w1.into(), w2.into(), w3.into());
            low = low + v0 * p0 + v1 * p1 + v2 * p2 + v3 * p3;
            high = high + v0 * q0 + v1 * q1 + v2 * q2 + v3 * q3;
        },
        Option::None => {},
    }
    match rest.multi_pop_front::<2>() {
        Option::Some(some) => {
            let [w0, w1] = (*some).unbox();
            let [p0, q0, p1, q1] = (*powers.multi_pop_front::<4>().unwrap()).unbox();
            let (v0, v1): (felt252, felt252) = (w0.into(), w1.into());
            low = low + v0 * p0 + v1 * p1;
            high = high + v0 * q0 + v1 * q1;
        },
        Option::None => {},
    }
    match rest.pop_front() {
        Option::Some(word) => {
            let value: felt252 = (*word).into();
            let [p, q] = (*powers.multi_pop_front::<2>().unwrap()).unbox();
            low = low + value * p;
            high = high + value * q;
        },
        Option::None => {},
    }
}

/// x, x², … , x^count as felts, four each, appended to `out`
fn append_powers(ref out: Array<felt252>, x: Q, count: u32) {
    let mut power = x;
    let mut left = count;
    while left != 0 {
        out.append(power.a);
        out.append(power.b);
        out.append(power.c);
        out.append(power.d);
        power = q_mul(power, x);
        left -= 1;
    };
}
