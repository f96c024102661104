// FRI: cosets are completed, hashed, folded by up to 8, down to 32 coefficients. Source: fri/pcs/fold.ts, PCS.md §8.
// One point of a coset gives all its twiddles: on the circle y, -y, -x, x then x, y then 2x²-1; on a line, for the circle point (u, v)
// above its start, u, v, h(u+v), h(v-u) with h = 2^15, then X = 2u²-1, Y = 2uv, then 2X²-1. Since v-u and u+v multiply to -X and h² = 1/2,
// inverses of X and Y follow from the others. Caveat: a position's point travels with it; only the queried ones are made from their index.

/// a value that the verifier knows at a position of the present layer, and a point of the circle that fixes its twiddles
#[derive(Copy, Drop)]
struct Known {
    position: u32,
    value: Q,
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

fn append_element(ref out: Array<u32>, v: Q) {
    out.append(to_word(v.a));
    out.append(to_word(v.b));
    out.append(to_word(v.c));
    out.append(to_word(v.d));
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
        let start = index * size;
        let mut row: Array<u32> = array![];
        let mut l: u32 = 0;
        while l != size {
            let mut later = rest;
            let mine = match later.pop_front() {
                Option::Some(k) => *k.position == start + l,
                Option::None => false,
            };
            if mine {
                append_element(ref row, *rest.at(0).value);
                rest = later;
            } else {
                row.append_span(given.slice(0, 4));
                given = given.slice(4, given.len() - 4);
            }
            l += 1;
        };
        cosets.append(Coset { index, start: coset_start(first.point, offset, circle), row: row.span() });
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
            out.append(reduce(H * (x + y)));
            out.append(reduce(H * (y - x)));
            let doubled = reduce(2 * x * x - 1);
            out.append(reduce(2 * doubled * doubled - 1));
        }
    }
}

/// the inverse twiddles of a coset in folding order, from the inverses (in the order of `append_denominators`, taken from the back)
fn twiddles(ref inverses: Span<felt252>, fold: u32, circle: bool) -> Array<felt252> {
    let first = *inverses.pop_back().unwrap();
    if fold == 1 {
        return array![first];
    }
    let second = *inverses.pop_back().unwrap();
    let third = *inverses.pop_back().unwrap();
    if circle {
        if fold == 2 {
            panic_with_felt252('ZK0001 fold of the circle');
        }
        return array![first, -first, -second, second, second, first, third];
    }
    if fold == 2 {
        return array![first, second, third];
    }
    let fourth = *inverses.pop_back().unwrap();
    let fifth = *inverses.pop_back().unwrap();
    // 1/X = -1/2 · 1/(h(u+v)) · 1/(h(v-u)), 1/Y = 1/2 · 1/u · 1/v
    let double_x = reduce(-HALF * third * fourth);
    let double_y = reduce(HALF * first * second);
    array![first, second, third, fourth, double_x, double_y, fifth]
}

/// (f + g) + α·(f - g)/t, reduced: |f|, |g| < 2^31, t and α reduced, so nothing leaves 2^97
#[inline(never)]
fn butterfly(f: Q, g: Q, inverse: felt252, alpha: Q) -> Q {
    red(add(add(f, g), mul(scale(sub(f, g), inverse), alpha)))
}

/// 2^fold values to one with α, α², α⁴
fn fold_row(row: Span<u32>, fold: u32, inverse_twiddles: Span<felt252>, alpha: Q) -> Q {
    let mut values: Array<Q> = array![];
    let mut rest = row;
    loop {
        match rest.multi_pop_front::<4>() {
            Option::Some(words) => {
                let [a, b, c, d] = (*words).unbox();
                values.append(Q { a: a.into(), b: b.into(), c: c.into(), d: d.into() });
            },
            Option::None => { break; },
        }
    };
    let mut values = values.span();
    let mut inverses = inverse_twiddles;
    let mut challenge = alpha;
    let mut left = fold;
    while left != 0 {
        let mut folded: Array<Q> = array![];
        loop {
            match values.pop_front() {
                Option::Some(f) => {
                    let g = *values.pop_front().unwrap();
                    folded.append(butterfly(*f, g, *inverses.pop_front().unwrap(), challenge));
                },
                Option::None => { break; },
            }
        };
        values = folded.span();
        left -= 1;
        if left != 0 {
            challenge = q_mul(challenge, challenge);
        }
    };
    *values.at(0)
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
    let reached = multiproof_root(log_size - fold, positions.span(), digests.span(), ref stream);
    assert(reached == root, 'ZK0214 fri root');
    let inverses = invert_all(denominators.span());
    let mut inverses = inverses.span();
    let mut next_known: Array<Known> = array![];
    let mut rest = cosets;
    loop {
        match rest.pop_front() {
            Option::Some(coset) => {
                let tw = twiddles(ref inverses, fold, circle);
                let value = fold_row(*coset.row, fold, tw.span(), alpha);
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

/// the last layer's 32 coefficients (128 words) at x: products of x, π(x), π²(x), … , then one reduction a coordinate
fn evaluate_last(coefficients: Span<u32>, x: felt252) -> Q {
    let mut monomials: Array<felt252> = array![1];
    let mut factor = x;
    while monomials.len() != 32 {
        let mut known = monomials.span();
        loop {
            match known.pop_front() {
                Option::Some(m) => monomials.append(multiply(*m, factor)),
                Option::None => { break; },
            }
        };
        factor = reduce(2 * factor * factor - 1);
    };
    let mut total = q_zero();
    let mut rest = coefficients;
    let mut monomials = monomials.span();
    loop {
        match rest.multi_pop_front::<4>() {
            Option::Some(words) => {
                let [a, b, c, d] = (*words).unbox();
                let m = *monomials.pop_front().unwrap();
                total =
                    Q {
                        a: total.a + a.into() * m,
                        b: total.b + b.into() * m,
                        c: total.c + c.into() * m,
                        d: total.d + d.into() * m,
                    };
            },
            Option::None => { break; },
        }
    };
    red(total)
}
