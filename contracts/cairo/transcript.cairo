// What the transcript takes in and gives by name: the statement with its shards, roots, groups of elements; the challenges, and what the constraints
// need of them. Source: air/verify.ts `commonTranscript`, PCS.md §9. Caveat: the order is the caller's, the numbered steps of verify.cairo and shards.cairo.

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
                            // whether it is committed to by the statement
                            words.append(if *instance.kind == TYPE_WORDS {
                                1
                            } else {
                                0
                            });
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
