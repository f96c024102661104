// Entry points for the shared vectors: TypeScript makes the arguments, this contract computes, the test compares. Never deployed elsewhere.
// Caveat: elements come as four felts, words and positions as one felt each.
#[starknet::interface]
trait IVectors<T> {
    fn run(self: @T, kind: u32, data: Span<felt252>) -> Array<felt252>;
}

fn next_u32(ref data: Span<felt252>) -> u32 {
    next(ref data).try_into().unwrap()
}

fn next_q(ref data: Span<felt252>) -> Q {
    Q { a: next(ref data), b: next(ref data), c: next(ref data), d: next(ref data) }
}

fn next_words(ref data: Span<felt252>, count: u32) -> Span<u32> {
    let mut words: Array<u32> = array![];
    let mut felts = take(ref data, count);
    loop {
        match felts.pop_front() {
            Option::Some(felt) => words.append((*felt).try_into().unwrap()),
            Option::None => { break; },
        }
    };
    words.span()
}

fn rest_words(ref data: Span<felt252>) -> Span<u32> {
    let count = data.len();
    next_words(ref data, count)
}

fn put_q(ref out: Array<felt252>, q: Q) {
    let q = red(q);
    out.append(q.a);
    out.append(q.b);
    out.append(q.c);
    out.append(q.d);
}

fn put_words(ref out: Array<felt252>, words: Span<u32>) {
    let mut words = words;
    loop {
        match words.pop_front() {
            Option::Some(word) => out.append((*word).into()),
            Option::None => { break; },
        }
    };
}

fn field_vectors(kind: u32, ref data: Span<felt252>, ref out: Array<felt252>) {
    if kind == 1 {
        let (x, y) = (next(ref data), next(ref data));
        out.append(multiply(x, y));
        out.append(invert(x));
        let inverses = invert_all(array![x, y].span());
        out.append(*inverses.at(1));
        out.append(*inverses.at(0));
    } else if kind == 2 {
        let (x, y) = (next_q(ref data), next_q(ref data));
        put_q(ref out, mul(x, y));
        put_q(ref out, q_inverse(x));
        put_q(ref out, sub(add(x, y), neg(scale(x, 5))));
    } else {
        put_q(ref out, combine(next_q(ref data), next_q(ref data), next_q(ref data), next_q(ref data)));
    }
}

fn hash_vectors(kind: u32, ref data: Span<felt252>, ref out: Array<felt252>) {
    if kind == 10 {
        let purpose = next_u32(ref data);
        let mut words: Array<u32> = array![];
        append_digest(ref words, hash(initial_state(purpose), rest_words(ref data)));
        put_words(ref out, words.span());
    } else if kind == 11 {
        // absorb, draw two, absorb a nonce of 0 bits, draw positions
        let tag = next_u32(ref data);
        let bits = next_u32(ref data);
        let nonce = next(ref data);
        let mut channel = new_channel();
        absorb_words(ref channel, tag, rest_words(ref data));
        put_q(ref out, draw(ref channel));
        put_q(ref out, draw(ref channel));
        absorb_work(ref channel, TAG_QUERY_WORK, 4, nonce);
        put_words(ref out, draw_positions(ref channel, QUERIES, bits));
    } else if kind == 12 {
        // multiproof: height, count, positions, leaf digests, then the witnesses
        let height = next_u32(ref data);
        let count = next_u32(ref data);
        let positions = next_words(ref data, count);
        let mut digests: Array<Box<[u32; 8]>> = array![];
        while digests.len() != count {
            digests.append(digest_words(next(ref data)));
        };
        out.append(multiproof_root(multiproof_plan(height, positions), digests, ref data));
        out.append(data.len().into());
    } else if kind == 13 {
        let count = next_u32(ref data);
        let mut words: Array<u32> = array![];
        unpack_group(ref data, count, ref words);
        put_words(ref out, words.span());
    } else {
        let from = next_u32(ref data);
        let to = next_u32(ref data);
        let positions = rest_words(ref data);
        let lifted = lifted_positions(positions, from, to);
        put_words(ref out, lifted);
        let indices = lifted_indices(positions, lifted, from, to);
        put_words(ref out, indices.span());
    }
}

fn fri_vectors(kind: u32, ref data: Span<felt252>, ref out: Array<felt252>) {
    if kind == 20 {
        let point = domain_point(generator_doubles(), next_u32(ref data), next_u32(ref data));
        out.append(point.x);
        out.append(point.y);
    } else if kind == 21 {
        let point = point_from_parameter(next_q(ref data));
        put_q(ref out, point.x);
        put_q(ref out, point.y);
        put_q(ref out, vanishing(point, next_u32(ref data)));
    } else if kind == 22 {
        // one coset: log size, fold, circle, position of one value inside, α, the coset's words
        let log_size = next_u32(ref data);
        let fold = next_u32(ref data);
        let circle = next(ref data) == 1;
        let position = next_u32(ref data);
        let alpha = next_q(ref data);
        let row = rest_words(ref data);
        let size: u32 = to_word(power_of_two(fold));
        let (_, offset) = DivRem::div_rem(position, size.try_into().unwrap());
        let point = if circle {
            domain_point(generator_doubles(), log_size, position)
        } else {
            domain_point(generator_doubles(), log_size + 1, 2 * position)
        };
        let start = coset_start(point, offset, circle);
        let mut denominators: Array<felt252> = array![];
        append_denominators(ref denominators, start, fold, circle);
        let inverses = invert_all(denominators.span());
        let mut inverses = inverses.span();
        put_q(ref out, from_words(fold_row(row, fold, circle, ref inverses, alpha, fold_powers(alpha))));
    } else if kind == 25 {
        // packed coordinates: what is hashed, then as an element
        put_q(ref out, from_words(unpack(next(ref data), next(ref data))));
    } else if kind == 26 {
        // a product of two elements through its packed factor
        let (x, y) = (next_q(ref data), next_q(ref data));
        let f = factor(x);
        put_q(ref out, from_words(unpack(product_low(f, y.a, y.b, y.c, y.d), product_high(f, y.a, y.b, y.c, y.d))));
    } else if kind == 23 {
        let x = next(ref data);
        put_q(ref out, evaluate_last(pack_coefficients(rest_words(ref data)), x));
    } else {
        // the first two batches at one position: point parameter, δ, log size of the domain, position, n, then n samples and n cells
        let point = point_from_parameter(next_q(ref data));
        let delta = next_q(ref data);
        let at = domain_point(generator_doubles(), next_u32(ref data), next_u32(ref data));
        let count = next_u32(ref data);
        let samples = next_words(ref data, 4 * count);
        let row = rest_words(ref data);
        let mut powers = packed_powers(delta, count);
        let mut rest = powers;
        let (real, imaginary) = sample_sums(samples, ref rest);
        let batch = deep_batch(point, real, imaginary);
        let (mut low, mut high): (felt252, felt252) = (0, 0);
        row_sum(row, ref powers, ref low, ref high);
        let (d0, d1) = deep_denominator(batch, at);
        let (e, f) = cm31_inverse(d0, d1);
        put_q(ref out, deep_quotient(batch, from_words(unpack(low, high)), at.y, e, f));
    }
}

/// a list of instances behind its length, four words each
fn next_instances(ref data: Span<felt252>) -> Span<Instance> {
    let mut left = next_u32(ref data);
    let mut instances: Array<Instance> = array![];
    while left != 0 {
        let (kind, log_size, base, tree) = (next_u32(ref data), next_u32(ref data), next_u32(ref data), next_u32(ref data));
        instances.append(Instance { kind, log_size, base, tree });
        left -= 1;
    };
    instances.span()
}

/// queries of a proof: public terms, shards
fn shard_vectors(ref data: Span<felt252>, ref out: Array<felt252>) {
    let terms: u128 = next(ref data).try_into().unwrap();
    let mut shards: Array<Span<Instance>> = array![];
    while data.len() != 0 {
        shards.append(next_instances(ref data));
    };
    out.append(queries_of(shards.span(), terms).into());
    let q = Q { a: terms.into(), b: 1, c: 2147483646, d: 5 };
    put_q(ref out, unpacked_element(packed_element(q)));
}

/// all constraints: instances, α, β, γ, z, ζ, coefficient, what the fractions add up to, samples
fn air_vectors(ref data: Span<felt252>, ref out: Array<felt252>) {
    let instances = next_instances(ref data);
    let (alpha, beta, gamma) = (next_q(ref data), next_q(ref data), next_q(ref data));
    let (z, zeta, coefficient) = (next_q(ref data), next_q(ref data), next_q(ref data));
    let sum = next_q(ref data);
    let samples = rest_words(ref data);
    let layout = layout_of(instances);
    let constants = constants_box(Challenges { z, gamma, zeta, alpha, beta });
    put_q(ref out, constraints_at_point(samples, layout, constants, sum, coefficient));
    out.append(layout.fixed.into());
    let mut pages = layout.pages;
    loop {
        match pages.pop_front() {
            Option::Some(page) => {
                out.append((*page.tree).into());
                out.append((*page.log_size).into());
                out.append((*page.columns).into());
            },
            Option::None => { break; },
        }
    };
    let mut heights = layout.heights;
    loop {
        match heights.pop_front() {
            Option::Some(h) => {
                out.append((*h.log_size).into());
                out.append((*h.first).into());
                out.append((*h.base).into());
                out.append((*h.interaction).into());
            },
            Option::None => { break; },
        }
    };
}

/// layer 0 of a shard at one position: instances, point parameter, δ, position, samples, then one row of all trees
fn deep_vectors(ref data: Span<felt252>, ref out: Array<felt252>) {
    let layout = layout_of(next_instances(ref data));
    let point = point_from_parameter(next_q(ref data));
    let delta = next_q(ref data);
    let doubles = generator_doubles();
    let at = domain_point(doubles, layout.log_size + LOG_BLOWUP, next_u32(ref data));
    let samples = next_words(ref data, 4 * (column_count(layout) + layout.two_base + layout.two_interaction));
    let mut pages: Array<OpenedPage> = array![];
    let mut rest = layout.pages;
    loop {
        match rest.pop_front() {
            Option::Some(page) => {
                let columns = *page.columns;
                pages.append(OpenedPage { columns, rows: next_words(ref data, columns), row_at: array![0].span() });
            },
            Option::None => { break; },
        }
    };
    let base = next_words(ref data, layout.base);
    let interaction = next_words(ref data, layout.interaction);
    let composition = rest_words(ref data);
    let count = power_count(layout);
    let powers = packed_powers(delta, count);
    let batches = deep_batches(layout, doubles, point, samples, powers);
    let sums = query_sums(layout, powers, lift_powers(layout, powers), pages.span(), 0, base, interaction, composition);
    let mut denominators: Array<(felt252, felt252)> = array![];
    let mut norms: Array<felt252> = array![];
    let mut each = batches;
    loop {
        match each.pop_front() {
            Option::Some(batch) => {
                let (d0, d1) = deep_denominator(*batch, at);
                denominators.append((d0, d1));
                norms.append(reduce(d0 * d0 + d1 * d1));
            },
            Option::None => { break; },
        }
    };
    let inverses = invert_all(norms.span());
    let mut inverses = inverses.span();
    let mut denominators = denominators.span();
    out.append(count.into());
    put_q(ref out, from_words(query_value(batches, sums, at, ref denominators, ref inverses)));
}

#[starknet::contract]
mod Vectors {
    use super::{field_vectors, hash_vectors, fri_vectors, air_vectors, shard_vectors, deep_vectors};

    #[storage]
    struct Storage {}

    #[abi(embed_v0)]
    impl VectorsImpl of super::IVectors<ContractState> {
        fn run(self: @ContractState, kind: u32, data: Span<felt252>) -> Array<felt252> {
            let mut data = data;
            let mut out: Array<felt252> = array![];
            if kind < 10 {
                field_vectors(kind, ref data, ref out);
            } else if kind < 20 {
                hash_vectors(kind, ref data, ref out);
            } else if kind < 30 {
                fri_vectors(kind, ref data, ref out);
            } else if kind < 40 {
                air_vectors(ref data, ref out);
            } else if kind < 50 {
                shard_vectors(ref data, ref out);
            } else {
                deep_vectors(ref data, ref out);
            }
            out
        }
    }
}
