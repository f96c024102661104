// The verifier. Steps have the same numbers and names as in air/verify.ts and air/verify-shard.ts; read them side by side. Source: PCS.md §9, §10,
// AIR.md §9. Profile and AIR are constants of the class, the model's sizes and roots come from its record; the proof states only which instances the
// chips have that a run fills, which the transcript absorbs before the first challenge. Proofs of one shard and of several share every step.
// Caveat: a failed check panics with a short string that starts with the code of the TypeScript error.

/// the challenges that all shards share
#[derive(Copy, Drop)]
struct Challenges {
    z: Q,
    gamma: Q,
    zeta: Q,
    alpha: Q,
    beta: Q,
}

/// the five challenges and what the constraints need of them
fn constants_box(challenges: Challenges) -> Constants {
    let Challenges { z, gamma, zeta, alpha, beta } = challenges;
    let inverse = q_inverse(alpha);
    let mut felts: Array<felt252> = array![inverse.a, inverse.b, inverse.c, inverse.d];
    append_powers(ref felts, alpha, MAX_ALPHA);
    append_powers(ref felts, beta, MAX_BETA);
    append_powers(ref felts, gamma, MAX_GAMMA);
    append_powers(ref felts, z, 1);
    append_powers(ref felts, zeta, 1);
    box_constants(felts.span())
}

/// an element of four words
fn element(words: Span<u32>, index: u32) -> Q {
    Q {
        a: (*words.at(4 * index)).into(),
        b: (*words.at(4 * index + 1)).into(),
        c: (*words.at(4 * index + 2)).into(),
        d: (*words.at(4 * index + 3)).into(),
    }
}

/// step 1: version, AIR, profile, model, roots, inputs, outputs, context, the instances of each shard
fn open_transcript(statement: Statement, record: Record, shards: Span<Span<Instance>>, queries: u32) -> Channel {
    let mut channel = new_channel();
    absorb_words(ref channel, TAG_VERSION, array![PROTOCOL_VERSION].span());
    absorb_digest(ref channel, TAG_AIR, air_hash());
    absorb_words(ref channel, TAG_PROFILE, profile_words(queries).span());
    absorb_digest(ref channel, TAG_MODEL, digest_words(statement.model_id));
    let mut roots: Array<u32> = array![record.trees.len()];
    let mut trees = record.trees;
    loop {
        match trees.pop_front() {
            Option::Some(tree) => append_digest(ref roots, *tree.root),
            Option::None => { break; },
        }
    };
    absorb_words(ref channel, TAG_PREPROCESSED, roots.span());
    absorb_words(ref channel, TAG_INPUTS, statement.inputs);
    absorb_words(ref channel, TAG_OUTPUTS, statement.outputs);
    absorb_words(ref channel, TAG_CONTEXT, statement.context);
    let mut words: Array<u32> = array![shards.len()];
    let mut shards = shards;
    loop {
        match shards.pop_front() {
            Option::Some(instances) => {
                words.append((*instances).len());
                let mut rest = *instances;
                loop {
                    match rest.pop_front() {
                        Option::Some(instance) => {
                            words.append(*instance.kind);
                            words.append(*instance.log_size);
                            words.append(*instance.base);
                            words.append(0);
                        },
                        Option::None => { break; },
                    }
                };
            },
            Option::None => { break; },
        }
    };
    absorb_words(ref channel, TAG_SHARDS, words.span());
    channel
}

/// step 2: the base roots of all shards
fn absorb_base_roots(ref channel: Channel, ref stream: Span<felt252>, count: u32) -> Span<felt252> {
    let roots = take(ref stream, count);
    let mut data = message(channel, TAG_BASE, 8 * count + 1);
    data.append(count);
    let mut rest = roots;
    loop {
        match rest.pop_front() {
            Option::Some(root) => append_digest(ref data, digest_words(*root)),
            Option::None => { break; },
        }
    };
    absorb(ref channel, data.span());
    roots
}

/// step 3: all five challenges at once, after every base root
fn draw_challenges(ref channel: Channel) -> Challenges {
    let z = draw(ref channel);
    let gamma = draw(ref channel);
    let zeta = draw(ref channel);
    let alpha = draw(ref channel);
    let beta = draw(ref channel);
    assert(!is_zero(alpha), 'ZK0203 alpha is zero');
    Challenges { z, gamma, zeta, alpha, beta }
}

/// reads a digest and absorbs its words
fn absorb_root(ref channel: Channel, ref stream: Span<felt252>, tag: u32) -> felt252 {
    let root = next(ref stream);
    let mut data = message(channel, tag, 8);
    append_digest(ref data, digest_words(root));
    absorb(ref channel, data.span());
    root
}

/// reads a group of elements straight into the message that absorbs it; the words without the header
fn absorb_group(ref channel: Channel, ref stream: Span<felt252>, tag: u32, count: u32) -> Span<u32> {
    let mut data = message(channel, tag, count);
    unpack_group(ref stream, count, ref data);
    let data = data.span();
    absorb(ref channel, data);
    data.slice(MESSAGE_HEADER, count)
}

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
                total = constraints_of(*instance.kind, samples, block, constants, first, share, c, total);
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

/// the rows of a tree at its positions, checked against its root
fn open_tree(ref stream: Span<felt252>, positions: Span<u32>, width: u32, height: u32, root: felt252, reason: felt252) -> Span<u32> {
    let mut rows: Array<u32> = array![];
    unpack_group(ref stream, positions.len() * width, ref rows);
    let rows = rows.span();
    if multiproof_root(height, positions, leaf_digests(rows, width), ref stream) != root {
        core::panic_with_felt252(reason);
    }
    rows
}

/// Σ δ^e f_e of every batch at one query, in batch order
fn query_sums(
    layout: Layout,
    powers: Span<felt252>,
    pages: Span<OpenedPage>,
    position: u32,
    base: Span<u32>,
    interaction: Span<u32>,
    composition: Span<u32>
) -> Array<Q> {
    let mut sums: Array<Q> = array![];
    let mut powers = powers;
    let (mut low, mut high): (felt252, felt252) = (0, 0);
    let mut pages = pages;
    loop {
        match pages.pop_front() {
            Option::Some(page) => {
                let row = *(*page.row_at).at(position);
                row_sum((*page.rows).slice(*page.columns * row, *page.columns), ref powers, ref low, ref high);
            },
            Option::None => { break; },
        }
    };
    row_sum(base, ref powers, ref low, ref high);
    row_sum(interaction, ref powers, ref low, ref high);
    row_sum(composition, ref powers, ref low, ref high);
    sums.append(unpack_sum(low, high));
    let (two_base, two_interaction) = two_point_columns(layout, base, interaction);
    let (mut low, mut high): (felt252, felt252) = (0, 0);
    row_sum(two_base, ref powers, ref low, ref high);
    row_sum(two_interaction, ref powers, ref low, ref high);
    sums.append(unpack_sum(low, high));
    let mut heights = layout.heights;
    loop {
        match heights.pop_front() {
            Option::Some(h) => {
                let (mut low, mut high): (felt252, felt252) = (0, 0);
                row_sum(two_base.slice(*h.two_base, *h.two_base_count), ref powers, ref low, ref high);
                row_sum(two_interaction.slice(*h.two_interaction, *h.two_interaction_count), ref powers, ref low, ref high);
                sums.append(unpack_sum(low, high));
            },
            Option::None => { break; },
        }
    };
    sums
}

/// the DEEP quotient at one query: `inverses` are those of the norms of all denominators, in reverse
fn query_value(batches: Span<DeepBatch>, sums: Array<Q>, point: Point, ref denominators: Span<(felt252, felt252)>, ref inverses: Span<felt252>) -> Q {
    let mut total = q_zero();
    let mut sums = sums.span();
    let mut batches = batches;
    loop {
        match batches.pop_front() {
            Option::Some(batch) => {
                let (d0, d1) = *denominators.pop_front().unwrap();
                let inverse = *inverses.pop_back().unwrap();
                let (e, f) = (multiply(d0, inverse), multiply(-d1, inverse));
                total = add(total, deep_quotient(*batch, *sums.pop_front().unwrap(), point.y, e, f));
            },
            Option::None => { break; },
        }
    };
    red(total)
}

/// a root and challenge of a FRI layer
#[derive(Copy, Drop)]
struct FoldLayer {
    root: felt252,
    alpha: Q,
    fold: u32,
}

/// steps 9: roots, work and challenges of all layers
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

/// the rows of a tree of the model, and which one belongs to each position
#[derive(Copy, Drop)]
struct OpenedPage {
    columns: u32,
    rows: Span<u32>,
    row_at: Span<u32>,
}

/// the trees of the model that a shard opens
fn open_pages(layout: Layout, record: Record, positions: Span<u32>, ref stream: Span<felt252>) -> Span<OpenedPage> {
    let domain = layout.log_size + LOG_BLOWUP;
    let mut opened: Array<OpenedPage> = array![];
    let mut pages = layout.pages;
    loop {
        match pages.pop_front() {
            Option::Some(page) => {
                let height = *page.log_size + LOG_BLOWUP;
                let columns = *page.columns;
                let root = digest_felt(*record.trees.at(*page.tree).root);
                let lifted = lifted_positions(positions, domain, height);
                let rows = open_tree(ref stream, lifted, columns, height, root, 'ZK0213 preprocessed tree: root');
                opened.append(OpenedPage { columns, rows, row_at: lifted_indices(positions, lifted, domain, height).span() });
            },
            Option::None => { break; },
        }
    };
    opened.span()
}

/// steps 12 and 13 up to layer 0: opens the trees at the queries and computes the DEEP quotients
fn queried_values(
    layout: Layout,
    record: Record,
    roots: (felt252, felt252, felt252),
    positions: Span<u32>,
    batches: Span<DeepBatch>,
    powers: Span<felt252>,
    doubles: Span<felt252>,
    ref stream: Span<felt252>
) -> Span<Known> {
    let domain = layout.log_size + LOG_BLOWUP;
    let (base_root, interaction_root, composition_root) = roots;
    let pages = open_pages(layout, record, positions, ref stream);
    let base = open_tree(ref stream, positions, layout.base, domain, base_root, 'ZK0213 base tree: root');
    let interaction = open_tree(
        ref stream, positions, layout.interaction, domain, interaction_root, 'ZK0213 interaction tree: root'
    );
    let composition = open_tree(
        ref stream, positions, COMPOSITION_COLUMNS, domain, composition_root, 'ZK0213 composition tree: root'
    );
    let mut points: Array<Point> = array![];
    let mut denominators: Array<(felt252, felt252)> = array![];
    let mut norms: Array<felt252> = array![];
    let mut rest = positions;
    loop {
        match rest.pop_front() {
            Option::Some(position) => {
                let point = domain_point(doubles, domain, *position);
                points.append(point);
                let mut some = batches;
                loop {
                    match some.pop_front() {
                        Option::Some(batch) => {
                            let (d0, d1) = deep_denominator(*batch, point);
                            denominators.append((d0, d1));
                            norms.append(reduce(d0 * d0 + d1 * d1));
                        },
                        Option::None => { break; },
                    }
                };
            },
            Option::None => { break; },
        }
    };
    let inverses = invert_all(norms.span());
    let mut inverses = inverses.span();
    let mut denominators = denominators.span();
    let points = points.span();
    let mut known: Array<Known> = array![];
    let mut i: u32 = 0;
    while i != positions.len() {
        let sums = query_sums(
            layout,
            powers,
            pages,
            i,
            base.slice(layout.base * i, layout.base),
            interaction.slice(layout.interaction * i, layout.interaction),
            composition.slice(COMPOSITION_COLUMNS * i, COMPOSITION_COLUMNS)
        );
        let point = *points.at(i);
        let value = query_value(batches, sums, point, ref denominators, ref inverses);
        known.append(Known { position: *positions.at(i), value, point });
        i += 1;
    };
    known.span()
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
    let mut powers: Array<felt252> = array![];
    let batches = deep_batches(layout, doubles, point, samples, delta, ref powers);

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
    let mut known = queried_values(layout, record, roots, positions, batches, powers.span(), doubles, ref stream);

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
    loop {
        match known.pop_front() {
            Option::Some(k) => assert(q_equal(*k.value, evaluate_last(last, *k.point.x)), 'ZK0215 last layer'),
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
