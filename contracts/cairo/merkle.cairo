// Pruned multiproofs: the root that leaves at strictly increasing positions and the witnesses of the stream determine.
// Source: fri/core/merkle.ts, PCS.md §5. Caveat: the number of witnesses follows from the positions; too few end the stream early, too many
// shift what is read after them.

/// what the next node of a multiproof is made of: the digest in front of the queue and a witness, or the two digests in front
const WITNESS_RIGHT: felt252 = 0;
const WITNESS_LEFT: felt252 = 1;
const BOTH_KNOWN: felt252 = 2;

/// The nodes of a multiproof from the leaves to the root, level by level; trees of one height opened at the same positions share it.
/// A queue of heap indices (root 1, children 2i and 2i + 1) holds what is known: siblings stand together in it, and no level needs a list.
/// @param height log2 of the number of leaves, @param positions ascending without doubles, at least one
fn multiproof_plan(height: u32, positions: Span<u32>) -> Span<felt252> {
    let leaves: u32 = to_word(power_of_two(height));
    let mut queue: Array<u32> = array![];
    let mut rest = positions;
    loop {
        match rest.pop_front() {
            Option::Some(position) => queue.append(leaves + *position),
            Option::None => { break; },
        }
    };
    let mut plan: Array<felt252> = array![];
    let mut current = queue.pop_front().unwrap();
    while current != 1 {
        let (parent, bit) = DivRem::div_rem(current, 2);
        queue.append(parent);
        let next = queue.pop_front().unwrap();
        if bit == 1 {
            plan.append(WITNESS_LEFT);
            current = next;
            continue;
        }
        if next.into() == current.into() + 1_felt252 {
            plan.append(BOTH_KNOWN);
            current = queue.pop_front().unwrap();
            continue;
        }
        plan.append(WITNESS_RIGHT);
        current = next;
    };
    plan.span()
}

/// the root that a plan reaches from the digests of its leaves; branches that go on by themselves need not bring their values together
fn multiproof_root(plan: Span<felt252>, digests: Array<Box<[u32; 8]>>, ref stream: Span<felt252>) -> felt252 {
    let state = initial_state(PURPOSE_NODE);
    let mut queue = digests;
    let mut plan = plan;
    loop {
        match plan.pop_front() {
            Option::Some(step) => {
                let step = *step;
                let digest = queue.pop_front().unwrap();
                if step == WITNESS_RIGHT {
                    queue.append(node_of_left(state, digest, next(ref stream)));
                    continue;
                }
                if step == WITNESS_LEFT {
                    queue.append(node_of_right(state, next(ref stream), digest));
                    continue;
                }
                queue.append(node(state, digest, queue.pop_front().unwrap()));
            },
            Option::None => { break; },
        }
    };
    digest_felt(queue.pop_front().unwrap())
}

/// the digests of rows of `width` words that stand one after the other
fn leaf_digests(rows: Span<u32>, width: u32) -> Array<Box<[u32; 8]>> {
    let state = initial_state(PURPOSE_LEAF);
    let mut digests: Array<Box<[u32; 8]>> = array![];
    let mut rest = rows;
    while rest.len() != 0 {
        digests.append(hash(state, rest.slice(0, width)));
        rest = rest.slice(width, rest.len() - width);
    };
    digests
}

/// Positions of log size `from` as distinct ascending positions of a tree of log size `to`: ((p >> (from-to+1)) << 1) | (p & 1).
/// Positions that share the high part stand together, so at most one even and one odd of each is emitted.
fn lifted_positions(positions: Span<u32>, from: u32, to: u32) -> Span<u32> {
    if from == to {
        return positions;
    }
    let mut lifted: Array<u32> = array![];
    let size: u32 = to_word(power_of_two(from - to + 1));
    let size: NonZero<u32> = size.try_into().unwrap();
    let mut rest = positions;
    let mut high: u32 = 0;
    let mut even = false;
    let mut odd = false;
    loop {
        match rest.pop_front() {
            Option::Some(position) => {
                let (part, _) = DivRem::div_rem(*position, size);
                if part != high {
                    if even {
                        lifted.append(2 * high);
                    }
                    if odd {
                        lifted.append(2 * high + 1);
                    }
                    high = part;
                    even = false;
                    odd = false;
                }
                let (_, bit) = DivRem::div_rem(*position, 2);
                if bit == 1 {
                    odd = true;
                } else {
                    even = true;
                }
            },
            Option::None => { break; },
        }
    };
    if even {
        lifted.append(2 * high);
    }
    if odd {
        lifted.append(2 * high + 1);
    }
    lifted.span()
}

/// for every position, the index of its lifted position in the list `lifted`
fn lifted_indices(positions: Span<u32>, lifted: Span<u32>, from: u32, to: u32) -> Array<u32> {
    let mut indices: Array<u32> = array![];
    let size: u32 = to_word(power_of_two(from - to + 1));
    let size: NonZero<u32> = size.try_into().unwrap();
    let mut rest = positions;
    loop {
        match rest.pop_front() {
            Option::Some(position) => {
                let (high, _) = DivRem::div_rem(*position, size);
                let (_, bit) = DivRem::div_rem(*position, 2);
                let wanted = 2 * high + bit;
                let mut index: u32 = 0;
                while *lifted.at(index) != wanted {
                    index += 1;
                };
                indices.append(index);
            },
            Option::None => { break; },
        }
    };
    indices
}
