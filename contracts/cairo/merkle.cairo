// Pruned multiproofs: the root that leaves at strictly increasing positions and the witnesses of the stream determine.
// Source: fri/core/merkle.ts, PCS.md §5. Caveat: the number of witnesses follows from the positions; too few end the stream early, too many
// shift what is read after them.

/// @param height log2 of the number of leaves, @param digests one a position
fn multiproof_root(height: u32, positions: Span<u32>, digests: Span<Box<[u32; 8]>>, ref stream: Span<felt252>) -> felt252 {
    let state = initial_state(PURPOSE_NODE);
    let mut at = positions;
    let mut known = digests;
    let mut left = height;
    while left != 0 {
        left -= 1;
        let mut parents: Array<u32> = array![];
        let mut combined: Array<Box<[u32; 8]>> = array![];
        loop {
            let position = match at.pop_front() {
                Option::Some(p) => *p,
                Option::None => { break; },
            };
            let digest = *known.pop_front().unwrap();
            let (parent, bit) = DivRem::div_rem(position, 2);
            parents.append(parent);
            if bit == 1 {
                combined.append(node(state, digest_words(next(ref stream)), digest));
            } else {
                let mut later = at;
                let paired = match later.pop_front() {
                    Option::Some(sibling) => *sibling == position + 1,
                    Option::None => false,
                };
                if paired {
                    at = later;
                    combined.append(node(state, digest, *known.pop_front().unwrap()));
                } else {
                    combined.append(node(state, digest, digest_words(next(ref stream))));
                }
            }
        };
        at = parents.span();
        known = combined.span();
    };
    digest_felt(*known.pop_front().unwrap())
}

/// the digests of rows of `width` words that stand one after the other
fn leaf_digests(rows: Span<u32>, width: u32) -> Span<Box<[u32; 8]>> {
    let state = initial_state(PURPOSE_LEAF);
    let mut digests: Array<Box<[u32; 8]>> = array![];
    let mut rest = rows;
    while rest.len() != 0 {
        digests.append(hash(state, rest.slice(0, width)));
        rest = rest.slice(width, rest.len() - width);
    };
    digests.span()
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
