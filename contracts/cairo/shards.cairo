// A proof in several shards: which instances they may have, what all of them share, and one of them by itself. Source: vm/statement/instances.ts
// `requireShards`, air/verify.ts, PCS.md §9, AIR.md §9 items 4-7. Caveat: an accepted shard says nothing by itself; its sum counts once those of all
// shards and the public terms cancel, which the session of registry.cairo sees to.

/// what a proof's shards share: the transcript after every base root and its work, and the sum that theirs must cancel
#[derive(Copy, Drop)]
struct Opening {
    shards: Span<Span<Instance>>,
    queries: u32,
    channel: Channel,
    roots: Span<felt252>,
    public: Q,
}

/// the instance of a chip that the model has after `met` others of it
fn fixed_instance(record: Record, kind: u32, met: u32) -> Instance {
    let mut left = met;
    let mut rest = record.fixed;
    loop {
        match rest.pop_front() {
            Option::Some(instance) => {
                if *instance.kind == kind {
                    if left == 0 {
                        break *instance;
                    }
                    left -= 1;
                }
            },
            Option::None => core::panic_with_felt252('ZK0350 not in the model'),
        }
    }
}

/// how many instances of a chip these shards have
fn count_of(shards: Span<Span<Instance>>, kind: u32) -> u32 {
    let mut count: u32 = 0;
    let mut shards = shards;
    loop {
        match shards.pop_front() {
            Option::Some(instances) => {
                let mut rest = *instances;
                loop {
                    match rest.pop_front() {
                        Option::Some(instance) => {
                            if *instance.kind == kind {
                                count += 1;
                            }
                        },
                        Option::None => { break; },
                    }
                };
            },
            Option::None => { break; },
        }
    };
    count
}

/// one shard from the codes of its instances, 32·chip + log size: chips ascend, those that the model fixes are its next ones
fn read_shard(record: Record, earlier: Span<Span<Instance>>, codes: Span<u32>) -> Span<Instance> {
    assert(codes.len() <= MAX_INSTANCES, 'ZK0350 instances of a shard');
    let mut instances: Array<Instance> = array![];
    let mut last: u32 = 0;
    let mut rest = codes;
    loop {
        match rest.pop_front() {
            Option::Some(code) => {
                let (kind, log_size) = DivRem::div_rem(*code, 32);
                assert(kind >= last && kind < TYPES, 'ZK0350 instance type');
                last = kind;
                if kind < FIRST_FIXED {
                    instances.append(Instance { kind, log_size, base: base_of(kind), tree: 0 });
                } else {
                    let met = count_of(earlier, kind) + count_of(array![instances.span()].span(), kind);
                    let own = fixed_instance(record, kind, met);
                    assert(log_size == own.log_size, 'ZK0350 instance size');
                    instances.append(own);
                }
            },
            Option::None => { break; },
        }
    };
    instances.span()
}

/// no tree of the model is opened in two shards: an address of a page that is there twice would have two values
fn check_pages(shards: Span<Span<Instance>>) {
    let mut shards = shards;
    loop {
        match shards.pop_front() {
            Option::Some(instances) => {
                let mut pages = pages_of(*instances);
                loop {
                    match pages.pop_front() {
                        Option::Some(page) => {
                            let mut later = shards;
                            loop {
                                match later.pop_front() {
                                    Option::Some(others) => {
                                        let mut rest = pages_of(*others);
                                        loop {
                                            match rest.pop_front() {
                                                Option::Some(other) => assert(*other.tree != *page.tree, 'ZK0212 page in two shards'),
                                                Option::None => { break; },
                                            }
                                        };
                                    },
                                    Option::None => { break; },
                                }
                            };
                        },
                        Option::None => { break; },
                    }
                };
            },
            Option::None => { break; },
        }
    };
}

/// The instance rule: exactly one of a chip that stands once, all of the model's where the model fixes them.
fn read_shards(record: Record, codes: Span<Span<u32>>) -> Span<Span<Instance>> {
    assert(codes.len() >= 2 && codes.len() <= MAX_SHARDS, 'ZK0350 shards');
    let mut shards: Array<Span<Instance>> = array![];
    let mut rest = codes;
    loop {
        match rest.pop_front() {
            Option::Some(own) => shards.append(read_shard(record, shards.span(), *own)),
            Option::None => { break; },
        }
    };
    let shards = shards.span();
    let mut kind: u32 = 0;
    let mut fixed: u32 = 0;
    while kind != TYPES {
        let count = count_of(shards, kind);
        assert(!stands_once(kind) || count == 1, 'ZK0350 instance list');
        if kind >= FIRST_FIXED {
            fixed += count;
        }
        kind += 1;
    };
    assert(fixed == record.fixed.len(), 'ZK0350 instance list');
    check_pages(shards);
    shards
}

/// Steps 1 to 3, and the public terms. `proof` is what all shards share: base roots and interaction nonce.
fn open_proof(record: Record, statement: Statement, codes: Span<Span<u32>>, proof: Span<felt252>) -> Opening {
    let mut stream = proof;
    let shards = read_shards(record, codes);
    let queries = queries_of(shards, public_term_count(record));

    // 1 statement
    let mut channel = open_transcript(statement, record, shards, queries);

    // 2 base trees of all shards
    let roots = absorb_base_roots(ref channel, ref stream, shards.len());

    // 3 interaction work, challenges
    absorb_work(ref channel, TAG_INTERACTION_WORK, WORK_INTERACTION, next(ref stream));
    assert(stream.len() == 0, 'ZK0105 trailing felts');
    let mut drawn = channel;
    let challenges = draw_challenges(ref drawn);
    Opening { shards, queries, channel, roots, public: public_total(record, statement, challenges) }
}

/// Steps 4 to 14 of one shard on its fork of the transcript; what it claims its fractions add up to.
fn verify_part(
    record: Record, channel: Channel, queries: u32, index: u32, instances: Span<Instance>, base_root: felt252, proof: Span<felt252>
) -> Q {
    let mut stream = proof;
    let mut channel = channel;
    let layout = layout_of(instances);
    let challenges = draw_challenges(ref channel);

    // 4 shard, interaction root, claimed sum
    let interaction_root = open_shard(ref channel, ref stream, index);
    let sum = element(absorb_group(ref channel, ref stream, TAG_SUM, FELT_COLUMNS), 0);

    // 5 to 14
    verify_shard(record, Shard { layout, challenges, queries, base_root, interaction_root, sum }, channel, stream);
    sum
}

/// what a session keeps of a shard until it is verified: its instances and its base root, under one hash
fn shard_digest(instances: Span<Instance>, base_root: felt252) -> felt252 {
    let mut words: Array<u32> = array![instances.len()];
    let mut rest = instances;
    loop {
        match rest.pop_front() {
            Option::Some(instance) => {
                words.append(*instance.kind);
                words.append(*instance.log_size);
                words.append(*instance.base);
                words.append(*instance.tree);
            },
            Option::None => { break; },
        }
    };
    append_digest(ref words, digest_words(base_root));
    digest_felt(hash(initial_state(PURPOSE_SHARD), words.span()))
}

/// above every element in a felt, so that a sum of 0 is no empty word of storage
const PRESENT: felt252 = 0x10000000000000000000000000000000;
const SHIFT31: felt252 = 0x80000000;

/// a reduced element as a felt that is not 0
fn packed_element(q: Q) -> felt252 {
    PRESENT + q.a + SHIFT31 * (q.b + SHIFT31 * (q.c + SHIFT31 * q.d))
}

/// the element of a felt of `packed_element`
fn unpacked_element(felt: felt252) -> Q {
    let u: u256 = (felt - PRESENT).into();
    let (q, a) = bounded_int::div_rem(u.low, BY31);
    let (q, b) = bounded_int::div_rem(q, BY31);
    let (q, c) = bounded_int::div_rem(q, BY31);
    let (_, d) = bounded_int::div_rem(q, BY31);
    Q { a: upcast(a), b: upcast(b), c: upcast(c), d: upcast(d) }
}

/// a channel's state as a digest and what the digest leaves out of its last word
fn split_state(channel: Channel) -> (felt252, u32) {
    let [_, _, _, _, _, _, _, w7] = channel.state.unbox();
    let (top, _) = bounded_int::div_rem(w7, BY24);
    (digest_felt(channel.state), upcast(top))
}

/// the channel of a state that was split, with nothing drawn
fn joined_state(digest: felt252, top: u32) -> Channel {
    let [w0, w1, w2, w3, w4, w5, w6, w7] = digest_words(digest).unbox();
    Channel { state: BoxTrait::new([w0, w1, w2, w3, w4, w5, w6, w7 + top * 0x1000000]), counter: 0 }
}
