// The verifier. Steps have the same numbers and names as in air/verify.ts and air/verify-shard.ts; read them side by side. Source: PCS.md §9, §10,
// AIR.md §9. Profile and AIR are constants of the class, the model's sizes and roots come from its record; the proof states only which instances the
// chips have that a run fills, which the transcript absorbs before the first challenge. Proofs of one shard and of several share every step.
// Caveat: a failed check panics with a short string that starts with the code of the TypeScript error.

/// the claimed sums of a shard's instances, added up, below 2^31 an instance
fn total_of(sums: Span<u32>) -> Q {
    let mut total = q_zero();
    let mut rest = sums;
    while rest.len() != 0 {
        total = add(total, element(rest, 0));
        rest = rest.slice(4, rest.len() - 4);
    };
    total
}

/// Σ claimed sums + public terms = 0, as (Σσ)·d + n = 0 with d ≠ 0
fn check_sum(sums: Span<u32>, public: Fraction) {
    let total = red(total_of(sums));
    assert(!is_zero(public.d), 'ZK0202 zero denominator');
    assert(is_zero(red(add(mul(total, public.d), public.n))), 'ZK0210 sum is not zero');
}

/// Σ c^i C_i of all instances at z, from the last instance to the first
fn constraints_at_point(samples: Span<u32>, layout: Layout, constants: Constants, sums: Span<u32>, c: Q) -> Q {
    let mut total = q_zero();
    let mut instances = layout.instances;
    let mut blocks = layout.blocks;
    loop {
        match instances.pop_back() {
            Option::Some(instance) => {
                let block = sample_block(layout, *blocks.pop_back().unwrap());
                // 1/2^k = 2^(31-k) modulo p
                let share = red(scale(element(sums, instances.len()), power_of_two(31 - *instance.log_size)));
                let first = Q { a: (*instance.base).into(), b: 0, c: 0, d: 0 };
                let rows = Q { a: power_of_two(*instance.log_size), b: 0, c: 0, d: 0 };
                total = constraints_of(*instance.kind, samples, block, constants, first, rows, share, c, total);
            },
            Option::None => { break; },
        }
    };
    total
}

/// four coordinate samples as one element
fn composition_half(samples: Span<u32>, first: u32) -> Q {
    combine(element(samples, first), element(samples, first + 1), element(samples, first + 2), element(samples, first + 3))
}

/// a root and challenge of a FRI layer
#[derive(Copy, Drop)]
struct FoldLayer {
    root: felt252,
    alpha: Q,
    fold: u32,
}

/// step 9: roots, work and challenges of all layers
fn read_fold_layers(ref channel: Channel, ref stream: Span<felt252>, log_size: u32) -> Span<FoldLayer> {
    let mut layers: Array<FoldLayer> = array![];
    let mut left = log_size - LAST_LOG;
    while left != 0 {
        let fold = if left > FOLD_LOG {
            FOLD_LOG
        } else {
            left
        };
        left -= fold;
        let root = absorb_root(ref channel, ref stream, TAG_FRI);
        absorb_work(ref channel, TAG_FOLD_WORK, WORK_FOLD, next(ref stream));
        layers.append(FoldLayer { root, alpha: draw(ref channel), fold });
    };
    layers.span()
}

/// what a shard is held against after its claimed sums
#[derive(Copy, Drop)]
struct Shard {
    layout: Layout,
    challenges: Challenges,
    queries: u32,
    base_root: felt252,
    interaction_root: felt252,
    sums: Span<u32>,
}

/// step 4: shard, interaction root, claimed sums
fn open_shard(ref channel: Channel, ref stream: Span<felt252>, index: u32, instances: u32) -> (felt252, Span<u32>) {
    absorb_words(ref channel, TAG_SHARD, array![index].span());
    let interaction_root = absorb_root(ref channel, ref stream, TAG_INTERACTION);
    (interaction_root, absorb_group(ref channel, ref stream, TAG_SUMS, 4 * instances))
}

/// Steps 5 to 13 of one shard, and that nothing is left of it: accepts, or panics with the first check that fails.
fn verify_shard(record: Record, shard: Shard, channel: Channel, proof: Span<felt252>) {
    let mut stream = proof;
    let mut channel = channel;
    let Shard { layout, challenges, sums, .. } = shard;
    let doubles = generator_doubles();

    // 5 composition coefficient and root
    let coefficient = draw(ref channel);
    let composition_root = absorb_root(ref channel, ref stream, TAG_COMPOSITION);

    // 6 out-of-domain point
    let point = point_from_parameter(draw(ref channel));

    // 7 samples; Σ c^i C_i(z) = V_L(z)·(left + V_L(z)·right)
    let columns = column_count(layout);
    let samples = absorb_group(ref channel, ref stream, TAG_SAMPLES, 4 * (columns + layout.two_base + layout.two_interaction));
    let computed = constraints_at_point(samples, layout, constants_box(challenges), sums, coefficient);
    let v = vanishing(point, layout.log_size);
    let left = composition_half(samples, columns - 8);
    let right = composition_half(samples, columns - 4);
    let claimed = q_mul(v, red(add(left, mul(v, red(right)))));
    assert(q_equal(computed, claimed), 'ZK0211 composition at z');

    // 8 DEEP work, coefficient
    absorb_work(ref channel, TAG_DEEP_WORK, WORK_DEEP, next(ref stream));
    let delta = draw(ref channel);
    let powers = packed_powers(delta, power_count(layout));
    let batches = deep_batches(layout, doubles, point, samples, powers);

    // 9 FRI roots and challenges
    let mut layers = read_fold_layers(ref channel, ref stream, layout.log_size);

    // 10 last layer
    let last = absorb_group(ref channel, ref stream, TAG_LAST, 128);

    // 11 query work, positions
    absorb_work(ref channel, TAG_QUERY_WORK, WORK_QUERY, next(ref stream));
    let mut domain = layout.log_size + LOG_BLOWUP;
    let positions = draw_positions(ref channel, shard.queries, domain);

    // 12 openings of the trees, 13 layer 0 is the DEEP quotient
    let roots = (shard.base_root, shard.interaction_root, composition_root);
    let mut known = queried_values(layout, record, roots, positions, batches, powers, doubles, ref stream);

    // 13 every fold reappears in the next layer, the last one in clear
    let mut circle = true;
    loop {
        match layers.pop_front() {
            Option::Some(layer) => {
                let FoldLayer { root, alpha, fold } = *layer;
                known = fold_layer(known, domain, fold, circle, root, alpha, ref stream);
                domain -= fold;
                circle = false;
            },
            Option::None => { break; },
        }
    };
    let coefficients = pack_coefficients(last);
    loop {
        match known.pop_front() {
            Option::Some(k) => assert(q_equal(from_words(*k.value), evaluate_last(coefficients, *k.point.x)), 'ZK0215 last layer'),
            Option::None => { break; },
        }
    };

    // 14 nothing is left
    assert(stream.len() == 0, 'ZK0105 trailing felts');
}

/// A proof of one shard: accepts, or panics with the first check that fails.
fn verify_proof(record: Record, statement: Statement, sizes: ProofSizes, proof: Span<felt252>) {
    let mut stream = proof;
    let instances = one_shard(sizes, record);
    let layout = layout_of(instances);

    // 1 statement
    let mut channel = open_transcript(statement, record, array![instances].span(), QUERIES);

    // 2 base tree
    let base_root = *absorb_base_roots(ref channel, ref stream, 1).at(0);

    // 3 interaction work, challenges
    absorb_work(ref channel, TAG_INTERACTION_WORK, WORK_INTERACTION, next(ref stream));
    let challenges = draw_challenges(ref channel);

    // 4 shard, interaction root, claimed sums: they and the public terms cancel
    let (interaction_root, sums) = open_shard(ref channel, ref stream, 0, instances.len());
    check_sum(sums, public_sum(record, statement, challenges.z, challenges.gamma));

    // 5 to 14
    verify_shard(record, Shard { layout, challenges, queries: QUERIES, base_root, interaction_root, sums }, channel, stream);
}
