// FRI: cosets are completed, hashed, folded by up to 8, down to 32 coefficients. Source: fri/pcs/fold.ts, PCS.md §8.
// One point of a coset gives all its twiddles: on the circle y, -y, -x, x then x, y then 2x²-1; on a line, for the circle point (u, v)
// above its start, u, v, h(u+v), h(v-u) with h = 2^15, then X = 2u²-1, Y = 2uv, then 2X²-1. Since v-u and u+v multiply to -X and h² = 1/2,
// inverses of X and Y follow from the others. Caveat: a position's point travels with it; only the queried ones are made from their index.

/// a value that the verifier knows at a position of the present layer, and a point of the circle that fixes its twiddles
#[derive(Copy, Drop)]
struct Known {
    position: u32,
    value: Words,
    /// first layer: the point at the position; later: the circle point at 2·position of the next larger canonic coset
    point: Point,
}

#[derive(Copy, Drop)]
struct Coset {
    /// coset number, the position in the next layer
    index: u32,
    /// the point of its first position
    start: Point,
    /// 4·2^fold words
    row: Span<u32>,
}

/// h = 2^15 with h² = 1/2 is a coordinate of the point of order 8
const H: felt252 = 0x8000;
/// 1/2 modulo p
const HALF: felt252 = 0x40000000;

/// the point at position - offset: bits of the offset undo rotations by 1/2, 1/4, 1/8 of the circle (`circle`: conjugate, 1/2, 1/4)
fn coset_start(point: Point, offset: u32, circle: bool) -> Point {
    let mut p = point;
    let mut rest = offset;
    if circle {
        let (half, bit) = DivRem::div_rem(rest, 2);
        rest = half;
        if bit == 1 {
            p = Point { x: p.x, y: -p.y };
        }
    }
    let (half, bit) = DivRem::div_rem(rest, 2);
    rest = half;
    if bit == 1 {
        p = Point { x: -p.x, y: -p.y };
    }
    let (half, bit) = DivRem::div_rem(rest, 2);
    if bit == 1 {
        p = Point { x: -p.y, y: p.x };
    }
    if half == 1 {
        p = Point { x: H * (p.x - p.y), y: H * (p.x + p.y) };
    }
    Point { x: reduce(p.x), y: reduce(p.y) }
}

/// Four words for each of the places 0 … size - 1 of a coset: the known values where they stand, the others from the stream. Takes the coset's known
/// values from the front of `rest`, the first of which stands at `offset`.
fn complete_row(ref rest: Span<Known>, ref given: Span<u32>, index: u32, offset: u32, size: NonZero<u32>) -> Span<u32> {
    let mut row: Array<u32> = array![];
    let places: u32 = size.into();
    let places: felt252 = places.into();
    let mut at: felt252 = offset.into();
    let mut place: felt252 = 0;
    while place != places {
        if place == at {
            pay_here();
            append_element(ref row, *rest.pop_front().unwrap().value);
            let mut later = rest;
            at = match later.pop_front() {
                Option::Some(k) => {
                    let (coset, offset) = DivRem::div_rem(*k.position, size);
                    if coset == index {
                        offset.into()
                    } else {
                        places
                    }
                },
                Option::None => places,
            };
            place += 1;
            continue;
        }
        let [a, b, c, d] = (*given.multi_pop_front::<4>().unwrap()).unbox();
        append_element(ref row, Words { a, b, c, d });
        place += 1;
    };
    row.span()
}

/// how many of the ascending positions fall into distinct cosets of `size`
fn count_cosets(known: Span<Known>, size: NonZero<u32>) -> u32 {
    let mut count: u32 = 0;
    let mut last: u32 = 0;
    let mut rest = known;
    loop {
        match rest.pop_front() {
            Option::Some(k) => {
                let (coset, _) = DivRem::div_rem(*k.position, size);
                if count == 0 || coset != last {
                    count += 1;
                    last = coset;
                }
            },
            Option::None => { break; },
        }
    };
    count
}

/// the cosets of the known values, completed from the stream
fn read_cosets(known: Span<Known>, fold: u32, circle: bool, ref stream: Span<felt252>) -> Span<Coset> {
    let size: u32 = to_word(power_of_two(fold));
    let divisor: NonZero<u32> = size.try_into().unwrap();
    let missing = count_cosets(known, divisor) * size - known.len();
    let mut given: Array<u32> = array![];
    unpack_group(ref stream, 4 * missing, ref given);
    let mut given = given.span();
    let mut cosets: Array<Coset> = array![];
    let mut rest = known;
    while rest.len() != 0 {
        let first = *rest.at(0);
        let (index, offset) = DivRem::div_rem(first.position, divisor);
        let row = complete_row(ref rest, ref given, index, offset, divisor);
        cosets.append(Coset { index, start: coset_start(first.point, offset, circle), row });
    };
    cosets.span()
}

/// what has to be inverted for the twiddles of a coset
fn append_denominators(ref out: Array<felt252>, start: Point, fold: u32, circle: bool) {
    let Point { x, y } = start;
    if circle {
        out.append(y);
        if fold > 1 {
            out.append(x);
        }
        if fold > 2 {
            out.append(reduce(2 * x * x - 1));
        }
    } else {
        out.append(x);
        if fold > 1 {
            out.append(y);
        }
        if fold == 2 {
            out.append(reduce(2 * x * x - 1));
        }
        if fold > 2 {
            pay_here();
            out.append(reduce(H * (x + y)));
            out.append(reduce(H * (y - x)));
            let doubled = reduce(2 * x * x - 1);
            out.append(reduce(2 * doubled * doubled - 1));
        }
    }
}

/// α, α², α³, α⁴
type FoldPowers = Box<(Factor, Factor, Factor, Factor)>;

#[inline(never)]
fn fold_powers(alpha: Q) -> FoldPowers {
    let square = q_mul(alpha, alpha);
    BoxTrait::new((factor(alpha), factor(square), factor(q_mul(square, alpha)), factor(q_mul(square, square))))
}

/// (f + g) + α·(f - g)/t, reduced: |f|, |g| < 2^31, t and α reduced, so nothing leaves 2^97
#[inline(never)]
fn butterfly(f: Q, g: Q, inverse: felt252, alpha: Q) -> Words {
    red_words(add(add(f, g), mul(scale(sub(f, g), inverse), alpha)))
}

/// Four values to one with α and α², written out: s0 + s1 + α·(d0 + d1) + α²·t·(s0 - s1) + α³·(t·d0 - t·d1), where s are the sums and d the twisted
/// differences of the pairs. Differences times a product of two twiddles, reduced, stay below 2^63 and products with a power of α below 2^97.
fn fold_four(cells: Box<[u32; 16]>, t0: felt252, t1: felt252, t: felt252, powers: FoldPowers) -> Words {
    let [a0, b0, c0, d0, a1, b1, c1, d1, a2, b2, c2, d2, a3, b3, c3, d3] = cells.unbox();
    let (v0, v1) = (from_words(Words { a: a0, b: b0, c: c0, d: d0 }), from_words(Words { a: a1, b: b1, c: c1, d: d1 }));
    let (v2, v3) = (from_words(Words { a: a2, b: b2, c: c2, d: d2 }), from_words(Words { a: a3, b: b3, c: c3, d: d3 }));
    let (alpha, square, cube, _) = powers.unbox();
    let (s0, g0, s1, g1) = (add(v0, v1), sub(v0, v1), add(v2, v3), sub(v2, v3));
    let x = add(scale(g0, t0), scale(g1, t1));
    let y = scale(sub(s0, s1), t);
    let z = sub(scale(g0, multiply(t0, t)), scale(g1, multiply(t1, t)));
    let s = add(s0, s1);
    let low = s.a
        + s.b * SHIFT128
        + product_low(alpha, x.a, x.b, x.c, x.d)
        + product_low(square, y.a, y.b, y.c, y.d)
        + product_low(cube, z.a, z.b, z.c, z.d);
    let high = s.c
        + s.d * SHIFT128
        + product_high(alpha, x.a, x.b, x.c, x.d)
        + product_high(square, y.a, y.b, y.c, y.d)
        + product_high(cube, z.a, z.b, z.c, z.d);
    unpack(low, high)
}

/// eight values to one with α, α², α⁴: two folds of four and the butterfly of what they give
fn fold_eight(
    row: Span<u32>, t0: felt252, t1: felt252, t2: felt252, t3: felt252, t4: felt252, t5: felt252, t6: felt252, powers: FoldPowers
) -> Words {
    let mut row = row;
    let f = from_words(fold_four(*row.multi_pop_front::<16>().unwrap(), t0, t1, t4, powers));
    let g = from_words(fold_four(*row.multi_pop_front::<16>().unwrap(), t2, t3, t5, powers));
    let (_, _, _, fourth) = powers.unbox();
    let s = add(f, g);
    let d = scale(sub(f, g), t6);
    unpack(
        s.a + s.b * SHIFT128 + product_low(fourth, d.a, d.b, d.c, d.d), s.c + s.d * SHIFT128 + product_high(fourth, d.a, d.b, d.c, d.d)
    )
}

fn element_at(ref row: Span<u32>) -> Q {
    let [a, b, c, d] = (*row.multi_pop_front::<4>().unwrap()).unbox();
    from_words(Words { a, b, c, d })
}

/// 2^fold values to one, with the coset's inverses (in the order of `append_denominators`, taken from the back)
fn fold_row(row: Span<u32>, fold: u32, circle: bool, ref inverses: Span<felt252>, alpha: Q, powers: FoldPowers) -> Words {
    let first = *inverses.pop_back().unwrap();
    if fold == 1 {
        pay_here();
        let mut row = row;
        let f = element_at(ref row);
        return butterfly(f, element_at(ref row), first, alpha);
    }
    let second = *inverses.pop_back().unwrap();
    let third = *inverses.pop_back().unwrap();
    if fold == 2 {
        pay_here();
        assert(!circle, 'ZK0001 fold of the circle');
        let mut row = row;
        return fold_four(*row.multi_pop_front::<16>().unwrap(), first, second, third, powers);
    }
    if circle {
        pay_here();
        return fold_eight(row, first, -first, -second, second, second, first, third, powers);
    }
    pay_here();
    let fourth = *inverses.pop_back().unwrap();
    let fifth = *inverses.pop_back().unwrap();
    // 1/X = -1/2 · 1/(h(u+v)) · 1/(h(v-u)), 1/Y = 1/2 · 1/u · 1/v
    let double_x = reduce(-HALF * third * fourth);
    let double_y = reduce(HALF * first * second);
    fold_eight(row, first, second, third, fourth, double_x, double_y, fifth, powers)
}

/// One layer: completes the cosets, checks them against the root, folds them.
fn fold_layer(
    known: Span<Known>, log_size: u32, fold: u32, circle: bool, root: felt252, alpha: Q, ref stream: Span<felt252>
) -> Span<Known> {
    let cosets = read_cosets(known, fold, circle, ref stream);
    let state = initial_state(PURPOSE_LEAF);
    let mut positions: Array<u32> = array![];
    let mut digests: Array<Box<[u32; 8]>> = array![];
    let mut denominators: Array<felt252> = array![];
    let mut rest = cosets;
    loop {
        match rest.pop_front() {
            Option::Some(coset) => {
                positions.append(*coset.index);
                digests.append(hash(state, *coset.row));
                append_denominators(ref denominators, *coset.start, fold, circle);
            },
            Option::None => { break; },
        }
    };
    let reached = multiproof_root(multiproof_plan(log_size - fold, positions.span()), digests, ref stream);
    assert(reached == root, 'ZK0214 fri root');
    let inverses = invert_all(denominators.span());
    let mut inverses = inverses.span();
    let powers = fold_powers(alpha);
    let mut next_known: Array<Known> = array![];
    let mut rest = cosets;
    loop {
        match rest.pop_front() {
            Option::Some(coset) => {
                let value = fold_row(*coset.row, fold, circle, ref inverses, alpha, powers);
                let mut point = *coset.start;
                let mut doublings = if circle {
                    fold - 1
                } else {
                    fold
                };
                while doublings != 0 {
                    point = point_double(point);
                    doublings -= 1;
                };
                next_known.append(Known { position: *coset.index, value, point });
            },
            Option::None => { break; },
        }
    };
    next_known.span()
}

/// the last layer's 32 coefficients, packed
type Coefficients = Box<[felt252; 64]>;

/// from 128 words
fn pack_coefficients(words: Span<u32>) -> Coefficients {
    let mut packed: Array<felt252> = array![];
    let mut rest = words;
    loop {
        match rest.multi_pop_front::<4>() {
            Option::Some(words) => {
                let [a, b, c, d] = (*words).unbox();
                packed.append(a.into() + b.into() * SHIFT128);
                packed.append(c.into() + d.into() * SHIFT128);
            },
            Option::None => { break; },
        }
    };
    let mut packed = packed.span();
    *packed.multi_pop_front::<64>().unwrap()
}

/// The last layer at x: coefficients of products of x, π(x), π²(x), … , four of them with 1, x, π(x), x·π(x), then eight of such sums with the products of
/// the other three. Coordinates are below 2^31·2^31·4 = 2^64, then below 2^98.
fn evaluate_last(coefficients: Coefficients, x: felt252) -> Q {
    let [
        p0, q0, p1, q1, p2, q2, p3, q3, p4, q4, p5, q5, p6, q6, p7, q7,
        p8, q8, p9, q9, p10, q10, p11, q11, p12, q12, p13, q13, p14, q14, p15, q15,
        p16, q16, p17, q17, p18, q18, p19, q19, p20, q20, p21, q21, p22, q22, p23, q23,
        p24, q24, p25, q25, p26, q26, p27, q27, p28, q28, p29, q29, p30, q30, p31, q31,
    ] = coefficients.unbox();
    let y1 = reduce(2 * x * x - 1);
    let y2 = reduce(2 * y1 * y1 - 1);
    let y3 = reduce(2 * y2 * y2 - 1);
    let y4 = reduce(2 * y3 * y3 - 1);
    let xy = multiply(x, y1);
    let (y23, y24, y34) = (multiply(y2, y3), multiply(y2, y4), multiply(y3, y4));
    let y234 = multiply(y23, y4);
    let low = (p0 + x * p1 + y1 * p2 + xy * p3)
        + y2 * (p4 + x * p5 + y1 * p6 + xy * p7)
        + y3 * (p8 + x * p9 + y1 * p10 + xy * p11)
        + y23 * (p12 + x * p13 + y1 * p14 + xy * p15)
        + y4 * (p16 + x * p17 + y1 * p18 + xy * p19)
        + y24 * (p20 + x * p21 + y1 * p22 + xy * p23)
        + y34 * (p24 + x * p25 + y1 * p26 + xy * p27)
        + y234 * (p28 + x * p29 + y1 * p30 + xy * p31);
    let high = (q0 + x * q1 + y1 * q2 + xy * q3)
        + y2 * (q4 + x * q5 + y1 * q6 + xy * q7)
        + y3 * (q8 + x * q9 + y1 * q10 + xy * q11)
        + y23 * (q12 + x * q13 + y1 * q14 + xy * q15)
        + y4 * (q16 + x * q17 + y1 * q18 + xy * q19)
        + y24 * (q20 + x * q21 + y1 * q22 + xy * q23)
        + y34 * (q24 + x * q25 + y1 * q26 + xy * q27)
        + y234 * (q28 + x * q29 + y1 * q30 + xy * q31);
    from_words(unpack(low, high))
}
