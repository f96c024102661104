// The statement: tensors are unpacked and range checked, become public terms of the sum, and are hashed with model and context.
// Source: vm/statement/claim.ts, vm/program/packing.ts; AIR.md §4, §9 items 9, 10. A sum of fractions is kept as numerator over denominator, so that no
// term needs an inversion. Caveat: on the chain a context is a list of felts, 32 little-endian bytes each.

/// a statement's tensors and context as the words that transcript and hash take in
#[derive(Copy, Drop)]
struct Statement {
    model_id: felt252,
    /// tensor count, then per tensor its length and elements
    inputs: Span<u32>,
    outputs: Span<u32>,
    /// of committed inputs, whose words stand in `inputs` as eight words
    roots: Span<felt252>,
    /// byte length, then the bytes, four a word
    context: Span<u32>,
}

/// whether v - lo modulo p is at most hi - lo, for v below p and `shift` = -lo modulo p
#[inline(always)]
fn in_range(v: u32, shift: u32, range: u32) -> bool {
    let (_, distance) = bounded_int::div_rem(v + shift, MODULUS);
    let distance: u32 = upcast(distance);
    distance <= range
}

/// every element in its region's range: lo ≤ v ≤ hi as signed numbers is v - lo ≤ hi - lo modulo p; four at once
fn check_range(elements: Span<u32>, region: Region) {
    let shift = if region.lo == 0 {
        0
    } else {
        P_U32 - region.lo
    };
    let range = region.range;
    let mut rest = elements;
    loop {
        match rest.multi_pop_front::<4>() {
            Option::Some(four) => {
                let [a, b, c, d] = (*four).unbox();
                let all = in_range(a, shift, range) && in_range(b, shift, range) && in_range(c, shift, range) && in_range(d, shift, range);
                assert(all, 'ZK0322 element out of range');
            },
            Option::None => { break; },
        }
    };
    loop {
        match rest.pop_front() {
            Option::Some(v) => assert(in_range(*v, shift, range), 'ZK0322 element out of range'),
            Option::None => { break; },
        }
    };
}

/// packed tensors (8 elements a felt, each tensor a group; the root of a committed input) as statement words, and the roots
fn tensor_words(regions: Span<Region>, packed: Span<felt252>) -> (Span<u32>, Span<felt252>) {
    let mut stream = packed;
    let mut words: Array<u32> = array![regions.len()];
    let mut roots: Array<felt252> = array![];
    let mut rest = regions;
    loop {
        match rest.pop_front() {
            Option::Some(region) => {
                if is_committed(*region.address) {
                    let root = next(ref stream);
                    words.append(8);
                    append_digest(ref words, digest_words(root));
                    roots.append(root);
                    continue;
                }
                words.append(*region.elements);
                let start = words.len();
                unpack_group(ref stream, *region.elements, ref words);
                check_range(words.span().slice(start, *region.elements), *region);
            },
            Option::None => { break; },
        }
    };
    assert(stream.len() == 0, 'ZK0320 tensor length');
    (words.span(), roots.span())
}

fn context_words(context: Span<felt252>) -> Span<u32> {
    let mut words: Array<u32> = array![32 * context.len()];
    let mut rest = context;
    loop {
        match rest.pop_front() {
            Option::Some(felt) => append_felt_words(ref words, *felt),
            Option::None => { break; },
        }
    };
    words.span()
}

fn make_statement(
    model_id: felt252, record: Record, inputs: Span<felt252>, outputs: Span<felt252>, context: Span<felt252>
) -> Statement {
    let (inputs, roots) = tensor_words(record.inputs, inputs);
    let (outputs, _) = tensor_words(record.outputs, outputs);
    Statement { model_id, inputs, outputs, roots, context: context_words(context) }
}

/// H_STATEMENT of AIR hash, profile, model id, inputs, outputs, context
fn statement_hash(statement: Statement) -> felt252 {
    let mut words: Array<u32> = array![];
    append_digest(ref words, air_hash());
    words.append_span(profile_words(QUERIES).span());
    append_digest(ref words, digest_words(statement.model_id));
    append_words(ref words, statement.inputs);
    append_words(ref words, statement.outputs);
    append_words(ref words, statement.context);
    digest_felt(hash(initial_state(PURPOSE_STATEMENT), words.span()))
}

/// H_INPUTS of the input tensors alone
fn inputs_hash(statement: Statement) -> felt252 {
    digest_felt(hash(initial_state(PURPOSE_INPUTS), statement.inputs))
}

/// n/d, a sum of fractions so far
#[derive(Copy, Drop)]
struct Fraction {
    n: Q,
    d: Q,
}

/// adds count/denominator for a count of 1 or -1 and |denominator| < 2^70
#[inline(never)]
fn add_term(sum: Fraction, denominator: Q, count: felt252) -> Fraction {
    let n = red(add(mul(sum.n, denominator), scale(sum.d, count)));
    Fraction { n, d: q_mul(sum.d, denominator) }
}

/// lanes of a word
const LANES: u32 = 16;

/// what is added for a word: γ, and γ^(2+lane) packed two coordinates a felt
#[derive(Copy, Drop)]
struct Gammas {
    gamma: Q,
    lanes: Span<felt252>,
}

/// The lanes of a word: Σ γ^(2+lane)·element over `count` elements, reduced. Packed sums stay below 2^66.
fn lane_sum(lanes: Span<felt252>, tensor: Span<u32>, index: u32, stride: u32, count: u32) -> Q {
    let mut lanes = lanes;
    let (mut low, mut high): (felt252, felt252) = (0, 0);
    if stride == 1 {
        row_sum(tensor.slice(index, count), ref lanes, ref low, ref high);
    } else {
        let mut at = index;
        let mut left = count;
        while left != 0 {
            let value: felt252 = (*tensor.at(at)).into();
            let [p, q] = (*lanes.multi_pop_front::<2>().unwrap()).unbox();
            low = low + value * p;
            high = high + value * q;
            at += stride;
            left -= 1;
        };
    }
    from_words(unpack(low, high))
}

/// adds the words of `count` addresses from `address` on that hold only zeros
fn add_empty_words(sum: Fraction, head: Q, gamma: Q, address: u32, count: u32) -> Fraction {
    let mut sum = sum;
    let mut i: u32 = 0;
    while i != count {
        pay_here();
        sum = add_term(sum, sub(head, scale(gamma, (address + i).into())), 1);
        i += 1;
    };
    sum
}

/// Adds 1/(z - relation - γ·address - Σ γ^(2+lane)·lane) for every word of a region; an input's gap words are words of zeros.
fn add_region(sum: Fraction, region: Region, tensor: Span<u32>, head: Q, gammas: Gammas, gaps: bool) -> Fraction {
    let Gammas { gamma, lanes: powers } = gammas;
    let mut sum = sum;
    let mut channel: u32 = 0;
    while channel != region.channels {
        let start = region.address + channel * region.channel_step;
        let mut reached: u32 = 0;
        let mut row: u32 = 0;
        while row != region.rows {
            let offset = row * region.row_step;
            if gaps {
                sum = add_empty_words(sum, head, gamma, start + reached, offset - reached);
            }
            reached = offset;
            let mut index = channel * region.channel_stride + row * region.row_stride;
            let mut left = region.width;
            while left != 0 {
                pay_here();
                let lanes = if left > LANES {
                    LANES
                } else {
                    left
                };
                let word = lane_sum(powers, tensor, index, region.stride, lanes);
                sum = add_term(sum, sub(sub(head, scale(gamma, (start + reached).into())), word), 1);
                index += lanes * region.stride;
                left -= lanes;
                reached += 1;
            };
            row += 1;
        };
        if gaps {
            sum = add_empty_words(sum, head, gamma, start + reached, region.channel_step - reached);
        }
        channel += 1;
    };
    sum
}

/// tensors of statement words: skips the counts
fn add_regions(sum: Fraction, regions: Span<Region>, words: Span<u32>, head: Q, gammas: Gammas, gaps: bool) -> Fraction {
    let mut sum = sum;
    let mut rest = regions;
    let mut at: u32 = 1;
    loop {
        match rest.pop_front() {
            Option::Some(region) => {
                // a committed input has its words from its instance, and no term
                if is_committed(*region.address) {
                    at += 9;
                    continue;
                }
                let tensor = words.slice(at + 1, *region.elements);
                sum = add_region(sum, *region, tensor, head, gammas, gaps);
                at += 1 + *region.elements;
            },
            Option::None => { break; },
        }
    };
    sum
}

/// Σ of all public terms: HALT received once, inputs written, outputs read
fn public_sum(record: Record, statement: Statement, z: Q, gamma: Q) -> Fraction {
    let mut lanes: Array<felt252> = array![];
    let mut power = q_mul(gamma, gamma);
    while lanes.len() != 2 * LANES {
        lanes.append(power.a + power.b * SHIFT128);
        lanes.append(power.c + power.d * SHIFT128);
        power = q_mul(power, gamma);
    };
    let gammas = Gammas { gamma, lanes: lanes.span() };
    let halt = sub(add_constant(z, -RELATION_DISPATCH), scale(gamma, HALT_CODE));
    let sum = add_term(Fraction { n: q_zero(), d: q_one() }, halt, -1);
    let sum = add_regions(sum, record.inputs, statement.inputs, add_constant(z, -RELATION_WRITE), gammas, true);
    add_regions(sum, record.outputs, statement.outputs, add_constant(z, -RELATION_READ), gammas, false)
}
