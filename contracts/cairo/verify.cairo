// The verifier. Steps have the same numbers and names as in air/verify.ts and air/verify-shard.ts; read them side by side. Source: PCS.md §9, §10,
// AIR.md §9. Profile and AIR are constants of the class, the model's sizes and roots come from its record; the proof states only which instances the
// chips have that a run fills, which the transcript absorbs before the first challenge. Proofs of one shard and of several share every step.
// Caveat: a failed check panics with a short string that starts with the code of the TypeScript error.

/// S - p.S - Σ 2^(k-L)·U + sum/2^L at z: the running sum takes the last LogUp column of every instance, and its sum goes round the rows
fn running_sum_at_point(samples: Span<u32>, layout: Layout, sum: Q) -> Q {
    let columns = column_count(layout);
    let now = felt_sample(samples, columns - COMPOSITION_COLUMNS - FELT_COLUMNS);
    let before = felt_sample(samples, columns + layout.two_base + layout.two_interaction - FELT_COLUMNS);
    // 1/2^n = 2^(31-n) modulo p
    let mut total = add(sub(now, before), scale(sum, power_of_two(31 - layout.log_size)));
    let mut instances = layout.instances;
    let mut blocks = layout.blocks;
    loop {
        match instances.pop_front() {
            Option::Some(instance) => {
                let (_, _, width, _, _) = widths(*instance.kind);
                let block = sample_block(layout, *blocks.pop_front().unwrap());
                let steps = felt_sample(samples, block.interaction + width - FELT_COLUMNS);
                total = sub(total, scale(steps, power_of_two(31 - (layout.log_size - *instance.log_size))));
            },
            Option::None => { break; },
        }
    };
    red(total)
}

/// Σ c^i C_i of all instances at z and of the running sum, which is the last, from the last to the first
fn constraints_at_point(samples: Span<u32>, layout: Layout, constants: Constants, sum: Q, c: Q) -> Q {
    let mut total = running_sum_at_point(samples, layout, sum);
    let mut instances = layout.instances;
    let mut blocks = layout.blocks;
    loop {
        match instances.pop_back() {
            Option::Some(instance) => {
                let block = sample_block(layout, *blocks.pop_back().unwrap());
                let first = Q { a: (*instance.base).into(), b: 0, c: 0, d: 0 };
                let rows = Q { a: power_of_two(*instance.log_size), b: 0, c: 0, d: 0 };
                total = constraints_of(*instance.kind, samples, block, constants, first, rows, c, total);
            },
            Option::None => { break; },
        }
    };
    total
}

/// four coordinate samples as one element
fn felt_sample(samples: Span<u32>, first: u32) -> Q {
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

/// what a shard is held against after its interaction root
#[derive(Copy, Drop)]
struct Shard {
    layout: Layout,
    challenges: Challenges,
    queries: u32,
    base_root: felt252,
    interaction_root: felt252,
    /// what its fractions must add up to
    sum: Q,
}

/// step 4: shard, interaction root
fn open_shard(ref channel: Channel, ref stream: Span<felt252>, index: u32) -> felt252 {
    absorb_words(ref channel, TAG_SHARD, array![index].span());
    absorb_root(ref channel, ref stream, TAG_INTERACTION)
}

/// Σ of the public terms
fn public_total(record: Record, statement: Statement, challenges: Challenges) -> Q {
    let public = public_sum(record, statement, challenges.z, challenges.gamma);
    assert(!is_zero(public.d), 'ZK0202 zero denominator');
    q_mul(public.n, q_inverse(public.d))
}

/// Steps 5 to 13 of one shard, and that nothing is left of it: accepts, or panics with the first check that fails.
fn verify_shard(record: Record, shard: Shard, channel: Channel, proof: Span<felt252>) {
    let mut stream = proof;
    let mut channel = channel;
    let Shard { layout, challenges, sum, .. } = shard;
    let doubles = generator_doubles();

    // 5 composition coefficient and root
    let coefficient = draw(ref channel);
    let composition_root = absorb_root(ref channel, ref stream, TAG_COMPOSITION);

    // 6 out-of-domain point
    let point = point_from_parameter(draw(ref channel));

    // 7 samples; Σ c^i C_i(z) = V_L(z)·(left + V_L(z)·right)
    let columns = column_count(layout);
    let samples = absorb_group(ref channel, ref stream, TAG_SAMPLES, 4 * (columns + layout.two_base + layout.two_interaction));
    let computed = constraints_at_point(samples, layout, constants_box(challenges), sum, coefficient);
    let v = vanishing(point, layout.log_size);
    let left = felt_sample(samples, columns - 8);
    let right = felt_sample(samples, columns - 4);
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

    // 4 shard, interaction root; its fractions and the public terms cancel
    let interaction_root = open_shard(ref channel, ref stream, 0);
    let sum = neg(public_total(record, statement, challenges));

    // 5 to 14
    verify_shard(record, Shard { layout, challenges, queries: QUERIES, base_root, interaction_root, sum }, channel, stream);
}
