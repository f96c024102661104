// DEEP quotients: constants of every batch from the samples, then the quotient at each queried row. Source: fri/pcs/deep.ts, PCS.md §6.
// With 1/Im p.y =: r, A = r·Σ δ^e·Im v and B = Σ δ^e·Re v - A·Re p.y. Powers of δ are kept two coordinates a felt, (a + b·2^128, c + d·2^128),
// so a row's sum costs two products a column. Caveat: sums of a row stay below 2^31·2^31·1024 = 2^72, far from the next coordinate.

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

const SHIFT128: felt252 = 0x100000000000000000000000000000000;

/// Σ δ^e·Re v and Σ δ^e·Im v over samples (4 words each), from the power `next` on; appends the powers
fn sample_sums(samples: Span<u32>, delta: Q, ref next_power: Q, ref powers: Array<felt252>, ref real: Q, ref imaginary: Q) {
    let mut rest = samples;
    loop {
        match rest.multi_pop_front::<4>() {
            Option::Some(words) => {
                let [a, b, c, d] = (*words).unbox();
                let p = next_power;
                powers.append(p.a + p.b * SHIFT128);
                powers.append(p.c + p.d * SHIFT128);
                real = add(real, mul(p, Q { a: a.into(), b: b.into(), c: 0, d: 0 }));
                imaginary = add(imaginary, mul(p, Q { a: c.into(), b: d.into(), c: 0, d: 0 }));
                next_power = q_mul(p, delta);
            },
            Option::None => { break; },
        }
    };
}

/// constants of a batch at `point` with the two sums of its samples (unreduced, below 2^76)
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

/// adds Σ δ^e f_e over `row` to the two packed sums; takes the row's powers from the front
fn row_sum(row: Span<u32>, ref powers: Span<felt252>, ref low: felt252, ref high: felt252) {
    let mut rest = row;
    loop {
        match rest.multi_pop_front::<8>() {
            Option::Some(words) => {
                let [w0, w1, w2, w3, w4, w5, w6, w7] = (*words).unbox();
                let [p0, q0, p1, q1, p2, q2, p3, q3, p4, q4, p5, q5, p6, q6, p7, q7] = (*powers.multi_pop_front::<16>().unwrap()).unbox();
                let (v0, v1, v2, v3): (felt252, felt252, felt252, felt252) = (w0.into(), w1.into(), w2.into(), w3.into());
                let (v4, v5, v6, v7): (felt252, felt252, felt252, felt252) = (w4.into(), w5.into(), w6.into(), w7.into());
                low = low + v0 * p0 + v1 * p1 + v2 * p2 + v3 * p3 + v4 * p4 + v5 * p5 + v6 * p6 + v7 * p7;
                high = high + v0 * q0 + v1 * q1 + v2 * q2 + v3 * q3 + v4 * q4 + v5 * q5 + v6 * q6 + v7 * q7;
            },
            Option::None => { break; },
        }
    };
    loop {
        match rest.pop_front() {
            Option::Some(word) => {
                let value: felt252 = (*word).into();
                let [p, q] = (*powers.multi_pop_front::<2>().unwrap()).unbox();
                low = low + value * p;
                high = high + value * q;
            },
            Option::None => { break; },
        }
    };
}

/// the packed sums as a reduced element
fn unpack_sum(low: felt252, high: felt252) -> Q {
    let s: u256 = low.into();
    let t: u256 = high.into();
    let (_, a) = bounded_int::div_rem(s.low, MODULUS);
    let (_, b) = bounded_int::div_rem(s.high, MODULUS);
    let (_, c) = bounded_int::div_rem(t.low, MODULUS);
    let (_, d) = bounded_int::div_rem(t.high, MODULUS);
    Q { a: upcast(a), b: upcast(b), c: upcast(c), d: upcast(d) }
}

/// (Σ δ^e f_e - A·y - B)/D from the sum, the conjugate-free inverse (e + f·i) of D; below 2^97
fn deep_quotient(batch: DeepBatch, sum: Q, y: felt252, e: felt252, f: felt252) -> Q {
    let n = sub(sub(sum, scale(batch.a, y)), batch.b);
    Q { a: n.a * e - n.b * f, b: n.a * f + n.b * e, c: n.c * e - n.d * f, d: n.c * f + n.d * e }
}

/// batches of step 8: z, z - g(L), then z + g(L-k) for every height below L, with their constants; powers of δ in `powers`
fn deep_batches(
    layout: Layout, doubles: Span<felt252>, point: QPoint, samples: Span<u32>, delta: Q, ref powers: Array<felt252>
) -> Span<DeepBatch> {
    let mut batches: Array<DeepBatch> = array![];
    let mut power = q_one();
    let (mut real, mut imaginary) = (q_zero(), q_zero());
    let columns = column_count(layout);
    sample_sums(samples.slice(0, 4 * columns), delta, ref power, ref powers, ref real, ref imaginary);
    batches.append(deep_batch(point, real, imaginary));
    let (mut real, mut imaginary) = (q_zero(), q_zero());
    sample_sums(samples.slice(4 * columns, samples.len() - 4 * columns), delta, ref power, ref powers, ref real, ref imaginary);
    let step = double_of_generator(doubles, 31 - layout.log_size);
    batches.append(deep_batch(qpoint_add(point, Point { x: step.x, y: -step.y }), real, imaginary));
    let mut heights = layout.heights;
    loop {
        match heights.pop_front() {
            Option::Some(height) => {
                let (mut real, mut imaginary) = (q_zero(), q_zero());
                let own = periodic_samples(layout, *height, samples);
                sample_sums(own, delta, ref power, ref powers, ref real, ref imaginary);
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
            Option::Some(column) => out.append_span(samples.slice(4 * *column, 4)),
            Option::None => { break; },
        }
    };
}

/// the samples at z of the two-point columns of one height, base columns first
fn periodic_samples(layout: Layout, height: Height, samples: Span<u32>) -> Span<u32> {
    let mut base: Array<u32> = array![];
    let mut interaction: Array<u32> = array![];
    let mut order = layout.order;
    loop {
        match order.pop_front() {
            Option::Some(index) => {
                let instance = *layout.instances.at(*index);
                if instance.log_size == height.log_size {
                    let kind = instance.kind;
                    let block = sample_block(layout, *layout.blocks.at(*index));
                    let (_, base_width, interaction_width, _, _) = widths(kind);
                    gather_samples(two_point_base(kind), samples.slice(4 * block.base, 4 * base_width), ref base);
                    gather_samples(two_point_interaction(kind), samples.slice(4 * block.interaction, 4 * interaction_width), ref interaction);
                }
            },
            Option::None => { break; },
        }
    };
    base.append_span(interaction.span());
    base.span()
}
