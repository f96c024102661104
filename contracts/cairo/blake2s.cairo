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
            let mut tail: Array<u32> = array![];
            loop {
                match rest.pop_front() {
                    Option::Some(word) => tail.append(*word),
                    Option::None => { break; },
                }
            };
            let mut missing = 16 - tail.len();
            while missing != 0 {
                tail.append(0);
                missing -= 1;
            };
            let mut tail = tail.span();
            blake2s_finalize(state, bytes, *tail.multi_pop_front::<16>().unwrap())
        },
    }
}

/// the parent of two digests; top bytes are dropped here, so children may come untruncated
#[inline(never)]
fn node(state: Box<[u32; 8]>, left: Box<[u32; 8]>, right: Box<[u32; 8]>) -> Box<[u32; 8]> {
    let [a0, a1, a2, a3, a4, a5, a6, a7] = left.unbox();
    let [b0, b1, b2, b3, b4, b5, b6, b7] = right.unbox();
    let block = BoxTrait::new(
        [a0, a1, a2, a3, a4, a5, a6, truncated(a7), b0, b1, b2, b3, b4, b5, b6, truncated(b7)]
    );
    blake2s_finalize(state, 64, block)
}
