// How many queries the shards of a proof need so that all errors together stay under the profile's floor. Source: fri/pcs/security.ts,
// contracts/class/security.ts `chainQueries`, which is the same sum; AIR.md §7. Caveat: conjectured errors, as the floor of this profile is.

/// 2^exponent as an integer
fn two_to(exponent: u32) -> u128 {
    power_of_two(exponent).try_into().unwrap()
}

/// words of public inputs with their gaps and of outputs, and HALT
fn public_term_count(record: Record) -> u128 {
    let mut count: u64 = 1;
    let mut rest = record.inputs;
    loop {
        match rest.pop_front() {
            Option::Some(region) => {
                if !is_committed(*region.address) {
                    count += input_span(*region);
                }
            },
            Option::None => { break; },
        }
    };
    let mut rest = record.outputs;
    loop {
        match rest.pop_front() {
            Option::Some(region) => { count += (*region.channels).into() * (*region.rows).into() * row_words(*region); },
            Option::None => { break; },
        }
    };
    count.into()
}

/// The least number of queries with which a proof of these shards keeps the floor. Panics where none that the contract knows does.
fn queries_of(shards: Span<Span<Instance>>, public_terms: u128) -> u32 {
    let mut fractions = public_terms;
    let (mut accumulators, mut degree): (u128, u128) = (0, 0);
    let mut rest: u128 = 0;
    let count: u128 = shards.len().into();
    let mut shards = shards;
    loop {
        match shards.pop_front() {
            Option::Some(instances) => {
                let layout = layout_of(*instances);
                let mut constraints: u128 = 0;
                let mut each = *instances;
                loop {
                    match each.pop_front() {
                        Option::Some(instance) => {
                            let rows = two_to(*instance.log_size);
                            let (own, per_row, adds, slope, start) = error_counts(*instance.kind);
                            constraints += own;
                            fractions += per_row * rows;
                            accumulators += adds * rows;
                            let own_degree = slope * rows + start;
                            if own_degree > degree {
                                degree = own_degree;
                            }
                        },
                        Option::None => { break; },
                    }
                };
                let rows = two_to(layout.log_size);
                let domain = two_to(layout.log_size + LOG_BLOWUP);
                let samples: u128 = power_count(layout).into();
                // one constraint more, the running sum's, and one less
                rest += WEIGHT_NONE * (constraints + 4 * rows) + WEIGHT_DEEP * (samples - 1) * domain + WEIGHT_FOLD * domain;
            },
            Option::None => { break; },
        }
    };
    // no counter of an instance can wrap
    assert(fractions <= MAX_FRACTIONS, 'ZK0351 fractions');
    rest += WEIGHT_INTERACTION * ((TUPLE_WIDTH - 1) * (fractions - 1) + 2 * fractions + degree + 2 * accumulators);
    let mut more: u32 = 0;
    while rest + count * query_error(more) > ERROR_BUDGET {
        more += 1;
        assert(more <= MAX_MORE_QUERIES, 'ZK0131 too little security');
    };
    QUERIES + more
}
