// DEEP quotients: constants of every batch from the samples, then the quotient at each queried row. Source: fri/pcs/deep.ts, PCS.md §6.
// With 1/Im p.y =: r, A = r·Σ δ^e·Im v and B = Σ δ^e·Re v - A·Re p.y. Powers of δ are kept two coordinates a felt, (a + b·2^128, c + d·2^128),
// so a row's sum costs two products a column. They are products of one of 16 small powers and one of the large ones, not reduced. Caveat: a coordinate of
// a power is below 8·2^31·2^31 = 2^65, that of a sum below 2^65·2^31·2^14 = 2^110: `unpack` takes 2^112, and 32 instances have fewer than 2^14 columns.

#[derive(Copy, Drop)]
struct DeepBatch {
    a: Q,
    b: Q,
    /// m = Im p.x / Im p.y
    m0: felt252,
    m1: felt252,
    /// Re p.x - m·Re p.y
    c0: felt252,
    c1: felt252,
}

/// small powers: δ^0 … δ^15, four felts each
type SmallPowers = Box<[felt252; 64]>;

/// powers δ^0, δ^1, … , at least `count` of them, packed
fn packed_powers(delta: Q, count: u32) -> Span<felt252> {
    let mut small: Array<felt252> = array![1, 0, 0, 0];
    append_powers(ref small, delta, 15);
    let mut small = small.span();
    let small: SmallPowers = *small.multi_pop_front::<64>().unwrap();
    let mut step = delta;
    let mut left: u32 = 4;
    while left != 0 {
        step = q_mul(step, step);
        left -= 1;
    };
    let mut powers: Array<felt252> = array![];
    let mut large = q_one();
    while powers.len() < 2 * count {
        append_products(ref powers, factor(large), small);
        large = q_mul(large, step);
    };
    powers.span()
}

#[inline(always)]
fn append_product(ref out: Array<felt252>, f: Factor, a: felt252, b: felt252, c: felt252, d: felt252) {
    out.append(product_low(f, a, b, c, d));
    out.append(product_high(f, a, b, c, d));
}

/// 16 powers: a large one times the small ones
#[inline(never)]
fn append_products(ref out: Array<felt252>, f: Factor, small: SmallPowers) {
    let [
        a0, b0, c0, d0, a1, b1, c1, d1, a2, b2, c2, d2, a3, b3, c3, d3,
        a4, b4, c4, d4, a5, b5, c5, d5, a6, b6, c6, d6, a7, b7, c7, d7,
        a8, b8, c8, d8, a9, b9, c9, d9, a10, b10, c10, d10, a11, b11, c11, d11,
        a12, b12, c12, d12, a13, b13, c13, d13, a14, b14, c14, d14, a15, b15, c15, d15,
    ] = small.unbox();
    append_product(ref out, f, a0, b0, c0, d0);
    append_product(ref out, f, a1, b1, c1, d1);
    append_product(ref out, f, a2, b2, c2, d2);
    append_product(ref out, f, a3, b3, c3, d3);
    append_product(ref out, f, a4, b4, c4, d4);
    append_product(ref out, f, a5, b5, c5, d5);
    append_product(ref out, f, a6, b6, c6, d6);
    append_product(ref out, f, a7, b7, c7, d7);
    append_product(ref out, f, a8, b8, c8, d8);
    append_product(ref out, f, a9, b9, c9, d9);
    append_product(ref out, f, a10, b10, c10, d10);
    append_product(ref out, f, a11, b11, c11, d11);
    append_product(ref out, f, a12, b12, c12, d12);
    append_product(ref out, f, a13, b13, c13, d13);
    append_product(ref out, f, a14, b14, c14, d14);
    append_product(ref out, f, a15, b15, c15, d15);
}

/// x·i
#[inline(always)]
fn times_i(x: Q) -> Q {
    Q { a: -x.b, b: x.a, c: -x.d, d: x.c }
}

/// Σ δ^e·Re v and Σ δ^e·Im v over samples (4 words each), below 2^32; takes their powers from the front. Coordinates of the samples are summed by
/// themselves, since δ^e·(a + b·i) = δ^e·a + i·(δ^e·b).
fn sample_sums(samples: Span<u32>, ref powers: Span<felt252>) -> (Q, Q) {
    let (mut a0, mut a1): (felt252, felt252) = (0, 0);
    let (mut b0, mut b1): (felt252, felt252) = (0, 0);
    let (mut c0, mut c1): (felt252, felt252) = (0, 0);
    let (mut d0, mut d1): (felt252, felt252) = (0, 0);
    let mut rest = samples;
    loop {
        match rest.multi_pop_front::<8>() {
            Option::Some(words) => {
                let [a, b, c, d, e, f, g, h] = (*words).unbox();
                let (v, w) = (from_words(Words { a, b, c, d }), from_words(Words { a: e, b: f, c: g, d: h }));
                let [p, q, r, s] = (*powers.multi_pop_front::<4>().unwrap()).unbox();
                a0 = a0 + v.a * p + w.a * r;
                a1 = a1 + v.a * q + w.a * s;
                b0 = b0 + v.b * p + w.b * r;
                b1 = b1 + v.b * q + w.b * s;
                c0 = c0 + v.c * p + w.c * r;
                c1 = c1 + v.c * q + w.c * s;
                d0 = d0 + v.d * p + w.d * r;
                d1 = d1 + v.d * q + w.d * s;
            },
            Option::None => { break; },
        }
    };
    match rest.multi_pop_front::<4>() {
        Option::Some(words) => {
            let [a, b, c, d] = (*words).unbox();
            let v = from_words(Words { a, b, c, d });
            let [p, q] = (*powers.multi_pop_front::<2>().unwrap()).unbox();
            a0 = a0 + v.a * p;
            a1 = a1 + v.a * q;
            b0 = b0 + v.b * p;
            b1 = b1 + v.b * q;
            c0 = c0 + v.c * p;
            c1 = c1 + v.c * q;
            d0 = d0 + v.d * p;
            d1 = d1 + v.d * q;
        },
        Option::None => {},
    }
    let real = add(from_words(unpack(a0, a1)), times_i(from_words(unpack(b0, b1))));
    let imaginary = add(from_words(unpack(c0, c1)), times_i(from_words(unpack(d0, d1))));
    (real, imaginary)
}

/// constants of a batch at `point` with the two sums of its samples (unreduced, below 2^32)
fn deep_batch(point: QPoint, real: Q, imaginary: Q) -> DeepBatch {
    let QPoint { x, y } = point;
    assert(y.c != 0 || y.d != 0, 'ZK0140 opening point');
    let (r0, r1) = cm31_inverse(y.c, y.d);
    let r = Q { a: r0, b: r1, c: 0, d: 0 };
    let a = q_mul(red(imaginary), r);
    let b = red(sub(real, mul(a, Q { a: y.a, b: y.b, c: 0, d: 0 })));
    let m0 = reduce(x.c * r0 - x.d * r1);
    let m1 = reduce(x.c * r1 + x.d * r0);
    DeepBatch { a, b, m0, m1, c0: reduce(x.a - m0 * y.a + m1 * y.b), c1: reduce(x.b - m0 * y.b - m1 * y.a) }
}

/// D(Q) = (Q.x - Re p.x) - m·(Q.y - Re p.y), a CM31 element
fn deep_denominator(batch: DeepBatch, point: Point) -> (felt252, felt252) {
    (reduce(point.x - batch.m0 * point.y - batch.c0), reduce(-batch.m1 * point.y - batch.c1))
}

/// (Σ δ^e f_e - A·y - B)/D from the sum, the conjugate-free inverse (e + f·i) of D; below 2^97
fn deep_quotient(batch: DeepBatch, sum: Q, y: felt252, e: felt252, f: felt252) -> Q {
    let n = sub(sub(sum, scale(batch.a, y)), batch.b);
    Q { a: n.a * e - n.b * f, b: n.a * f + n.b * e, c: n.c * e - n.d * f, d: n.c * f + n.d * e }
}

/// how many powers of δ the batches take: one for each column, each two-point column, and once more each below the largest height that must be a lift
fn power_count(layout: Layout) -> u32 {
    let mut count = column_count(layout) + layout.two_base + layout.two_interaction;
    let mut lower = layout.heights;
    loop {
        match lower.pop_front() {
            Option::Some(height) => { count += *height.base + *height.interaction; },
            Option::None => { break; },
        }
    };
    count
}

/// batches of step 8: z, z - g(L), then z + g(L-k) for every height below L, with their constants; `powers` are those of δ
fn deep_batches(
    layout: Layout, doubles: Span<felt252>, point: QPoint, samples: Span<u32>, powers: Span<felt252>
) -> Span<DeepBatch> {
    let mut batches: Array<DeepBatch> = array![];
    let mut powers = powers;
    let columns = column_count(layout);
    let (real, imaginary) = sample_sums(samples.slice(0, 4 * columns), ref powers);
    batches.append(deep_batch(point, real, imaginary));
    let (real, imaginary) = sample_sums(samples.slice(4 * columns, samples.len() - 4 * columns), ref powers);
    let step = double_of_generator(doubles, 31 - layout.log_size);
    batches.append(deep_batch(qpoint_add(point, Point { x: step.x, y: -step.y }), real, imaginary));
    let mut heights = layout.heights;
    loop {
        match heights.pop_front() {
            Option::Some(height) => {
                let (real, imaginary) = sample_sums(periodic_samples(layout, *height, samples), ref powers);
                let step = double_of_generator(doubles, 31 - layout.log_size + *height.log_size);
                batches.append(deep_batch(qpoint_add(point, step), real, imaginary));
            },
            Option::None => { break; },
        }
    };
    batches.span()
}

/// the samples (4 words each) of some columns of a block, appended
fn gather_samples(columns: Span<u32>, samples: Span<u32>, ref out: Array<u32>) {
    let mut columns = columns;
    loop {
        match columns.pop_front() {
            Option::Some(column) => {
                let mut sample = samples.slice(4 * *column, 4);
                let [a, b, c, d] = (*sample.multi_pop_front::<4>().unwrap()).unbox();
                append_element(ref out, Words { a, b, c, d });
            },
            Option::None => { break; },
        }
    };
}

/// the samples at z of the columns of one height that must be lifts, base columns first
fn periodic_samples(layout: Layout, height: Height, samples: Span<u32>) -> Span<u32> {
    let mut base: Array<u32> = array![];
    let mut interaction: Array<u32> = array![];
    let mut order = layout.order;
    loop {
        match order.pop_front() {
            Option::Some(index) => {
                let instance = *layout.instances.at(*index);
                if instance.log_size == height.log_size {
                    pay_here();
                    let kind = instance.kind;
                    let block = sample_block(layout, *layout.blocks.at(*index));
                    let (_, base_width, interaction_width, _, _) = widths(kind);
                    gather_samples(lifts_base(kind), samples.slice(4 * block.base, 4 * base_width), ref base);
                    gather_samples(lifts_interaction(kind), samples.slice(4 * block.interaction, 4 * interaction_width), ref interaction);
                }
            },
            Option::None => { break; },
        }
    };
    append_words(ref base, interaction.span());
    base.span()
}
