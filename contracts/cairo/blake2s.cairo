// Blake2s-256 over u32 words with a purpose word, as the network's own libfuncs compute it. Source: fri/core/blake2s.ts, PCS.md §5 (D4).
// Caveat: the two functions without a real body are stand-ins: contracts/class/sierra.ts turns calls of them into the libfuncs of the same name.

#[inline(never)]
fn blake2s_compress(state: Box<[u32; 8]>, byte_count: u32, message: Box<[u32; 16]>) -> Box<[u32; 8]> nopanic {
    state
}
#[inline(never)]
fn blake2s_finalize(state: Box<[u32; 8]>, byte_count: u32, message: Box<[u32; 16]>) -> Box<[u32; 8]> nopanic {
    state
}

/// the chaining value before the first block; h[6] is xored with the purpose (all purposes are below 32, so the low five bits change)
#[inline(never)]
fn initial_state(purpose: u32) -> Box<[u32; 8]> {
    let h6 = 0x1f83d9ab_u32 ^ purpose;
    BoxTrait::new([0x6b08e647_u32, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, h6, 0x5be0cd19])
}

/// the digest of a list of words, not truncated
#[inline(never)]
fn hash(state: Box<[u32; 8]>, words: Span<u32>) -> Box<[u32; 8]> {
    let bytes = words.len() * 4;
    let mut rest = words;
    let mut state = state;
    let mut count: u32 = 64;
    while count < bytes {
        state = blake2s_compress(state, count, *rest.multi_pop_front::<16>().unwrap());
        count += 64;
    };
    match rest.multi_pop_front::<16>() {
        Option::Some(block) => blake2s_finalize(state, bytes, *block),
        Option::None => {
            pay_here();
            blake2s_finalize(state, bytes, padded_block(rest))
        },
    }
}

/// fewer than 16 words and zeros behind them; by halves, since a loop over words costs four times as much
#[inline(never)]
fn padded_block(words: Span<u32>) -> Box<[u32; 16]> {
    let mut rest = words;
    let mut block: Array<u32> = array![];
    let eight = match rest.multi_pop_front::<8>() {
        Option::Some(some) => {
            append_digest(ref block, *some);
            true
        },
        Option::None => false,
    };
    let four = match rest.multi_pop_front::<4>() {
        Option::Some(some) => {
            let [w0, w1, w2, w3] = (*some).unbox();
            block.append(w0);
            block.append(w1);
            block.append(w2);
            block.append(w3);
            true
        },
        Option::None => false,
    };
    let two = match rest.multi_pop_front::<2>() {
        Option::Some(some) => {
            let [w0, w1] = (*some).unbox();
            block.append(w0);
            block.append(w1);
            true
        },
        Option::None => false,
    };
    match rest.pop_front() {
        Option::Some(word) => block.append(*word),
        Option::None => block.append(0),
    }
    block.append(0);
    if !two {
        append_zeros2(ref block);
    }
    if !four {
        append_zeros2(ref block);
        append_zeros2(ref block);
    }
    if !eight {
        append_zeros2(ref block);
        append_zeros2(ref block);
        append_zeros2(ref block);
        append_zeros2(ref block);
    }
    let mut block = block.span();
    *block.multi_pop_front::<16>().unwrap()
}

#[inline(always)]
fn append_zeros2(ref block: Array<u32>) {
    block.append(0);
    block.append(0);
}

/// 16 words as a block. An array, because what goes into a box by `BoxTrait::new` is written twice.
#[inline(always)]
fn block_of_words(left: (u32, u32, u32, u32, u32, u32, u32, u32), right: (u32, u32, u32, u32, u32, u32, u32, u32)) -> Box<[u32; 16]> {
    let (a0, a1, a2, a3, a4, a5, a6, a7) = left;
    let (b0, b1, b2, b3, b4, b5, b6, b7) = right;
    let words: Array<u32> = array![a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7];
    let mut words = words.span();
    *words.multi_pop_front::<16>().unwrap()
}

/// the parent of two digests; top bytes are dropped here, so children may come untruncated
#[inline(always)]
fn node(state: Box<[u32; 8]>, left: Box<[u32; 8]>, right: Box<[u32; 8]>) -> Box<[u32; 8]> {
    let [a0, a1, a2, a3, a4, a5, a6, a7] = left.unbox();
    let [b0, b1, b2, b3, b4, b5, b6, b7] = right.unbox();
    let block = block_of_words((a0, a1, a2, a3, a4, a5, a6, truncated(a7)), (b0, b1, b2, b3, b4, b5, b6, truncated(b7)));
    blake2s_finalize(state, 64, block)
}

/// the parent of a digest and, on its right, one that comes as a felt
#[inline(always)]
fn node_of_left(state: Box<[u32; 8]>, left: Box<[u32; 8]>, witness: felt252) -> Box<[u32; 8]> {
    let [a0, a1, a2, a3, a4, a5, a6, a7] = left.unbox();
    let block = block_of_words((a0, a1, a2, a3, a4, a5, a6, truncated(a7)), split_digest(witness));
    blake2s_finalize(state, 64, block)
}

/// the parent of a digest and, on its left, one that comes as a felt
#[inline(always)]
fn node_of_right(state: Box<[u32; 8]>, witness: felt252, right: Box<[u32; 8]>) -> Box<[u32; 8]> {
    let [b0, b1, b2, b3, b4, b5, b6, b7] = right.unbox();
    let block = block_of_words(split_digest(witness), (b0, b1, b2, b3, b4, b5, b6, truncated(b7)));
    blake2s_finalize(state, 64, block)
}
