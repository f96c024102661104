// The transcript: absorbs under tags, draws field elements and positions, checks proofs of work. Source: fri/core/channel.ts, PCS.md §9.
// Caveat: a message is built as one array that starts with the state, so its words are unpacked straight into it and never copied.

/// words of a message before its data: state, tag, count
const MESSAGE_HEADER: u32 = 10;

#[derive(Copy, Drop)]
struct Channel {
    state: Box<[u32; 8]>,
    counter: u32,
}

#[inline(never)]
fn new_channel() -> Channel {
    let zero: u32 = 0;
    Channel { state: BoxTrait::new([zero, zero, zero, zero, zero, zero, zero, zero]), counter: 0 }
}

/// the start of a message of `count` words under `tag`
fn message(channel: Channel, tag: u32, count: u32) -> Array<u32> {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = channel.state.unbox();
    array![s0, s1, s2, s3, s4, s5, s6, s7, tag, count]
}

/// takes in a message made by `message` and filled with exactly its count of words
fn absorb(ref channel: Channel, message: Span<u32>) {
    assert(*message.at(9) + MESSAGE_HEADER == message.len(), 'ZK0001 message length');
    channel = Channel { state: hash(initial_state(PURPOSE_CHAIN), message), counter: 0 };
}

fn absorb_words(ref channel: Channel, tag: u32, words: Span<u32>) {
    let mut data = message(channel, tag, words.len());
    append_words(ref data, words);
    absorb(ref channel, data.span());
}

fn absorb_digest(ref channel: Channel, tag: u32, digest: Box<[u32; 8]>) {
    let mut data = message(channel, tag, 8);
    append_digest(ref data, digest);
    absorb(ref channel, data.span());
}

fn draw_block(ref channel: Channel) -> Box<[u32; 8]> {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = channel.state.unbox();
    let block = BoxTrait::new([s0, s1, s2, s3, s4, s5, s6, s7, channel.counter, 0, 0, 0, 0, 0, 0, 0]);
    channel.counter += 1;
    blake2s_finalize(initial_state(PURPOSE_DRAW), 36, block)
}

/// one uniform element; a block with a word of 2p or more is not used
fn draw(ref channel: Channel) -> Q {
    loop {
        let [w0, w1, w2, w3, _w4, _w5, _w6, _w7] = draw_block(ref channel).unbox();
        let (q0, r0) = bounded_int::div_rem(w0, MODULUS);
        let (q1, r1) = bounded_int::div_rem(w1, MODULUS);
        let (q2, r2) = bounded_int::div_rem(w2, MODULUS);
        let (q3, r3) = bounded_int::div_rem(w3, MODULUS);
        let (f0, f1): (felt252, felt252) = (upcast(q0), upcast(q1));
        let (f2, f3): (felt252, felt252) = (upcast(q2), upcast(q3));
        if (2 - f0) * (2 - f1) * (2 - f2) * (2 - f3) != 0 {
            break Q { a: upcast(r0), b: upcast(r1), c: upcast(r2), d: upcast(r3) };
        }
    }
}

/// `position` into an ascending list without doubles
fn insert_position(list: Span<u32>, position: u32) -> Array<u32> {
    let mut longer: Array<u32> = array![];
    let mut placed = false;
    let mut rest = list;
    loop {
        match rest.pop_front() {
            Option::Some(p) => {
                if !placed {
                    if position == *p {
                        placed = true;
                    } else if position < *p {
                        longer.append(position);
                        placed = true;
                    }
                }
                longer.append(*p);
            },
            Option::None => { break; },
        }
    };
    if !placed {
        longer.append(position);
    }
    longer
}

/// `count` words of the drawn blocks below 2^bits, ascending, without doubles
fn draw_positions(ref channel: Channel, count: u32, bits: u32) -> Span<u32> {
    let size: u32 = to_word(power_of_two(bits));
    let size: NonZero<u32> = size.try_into().unwrap();
    let mut positions: Array<u32> = array![];
    let mut left = count;
    while left != 0 {
        let mut words: Array<u32> = array![];
        append_digest(ref words, draw_block(ref channel));
        let mut words = words.span();
        while left != 0 {
            match words.pop_front() {
                Option::Some(word) => {
                    let (_, position) = DivRem::div_rem(*word, size);
                    positions = insert_position(positions.span(), position);
                    left -= 1;
                },
                Option::None => { break; },
            }
        };
    };
    positions.span()
}

/// checks a nonce (low + 2^32·high) against 2^bits and absorbs it
fn absorb_work(ref channel: Channel, tag: u32, bits: u32, nonce: felt252) {
    let nonce: u64 = match nonce.try_into() {
        Option::Some(n) => n,
        Option::None => core::panic_with_felt252('ZK0103 nonce'),
    };
    let (high, low) = DivRem::div_rem(nonce, 0x100000000);
    let (low, high): (u32, u32) = (low.try_into().unwrap(), high.try_into().unwrap());
    let [s0, s1, s2, s3, s4, s5, s6, s7] = channel.state.unbox();
    let block = BoxTrait::new([s0, s1, s2, s3, s4, s5, s6, s7, bits, low, high, 0, 0, 0, 0, 0]);
    let [w0, _w1, _w2, _w3, _w4, _w5, _w6, _w7] = blake2s_finalize(initial_state(PURPOSE_WORK), 44, block).unbox();
    let size: u32 = to_word(power_of_two(bits));
    let size: NonZero<u32> = size.try_into().unwrap();
    let (_, rest) = DivRem::div_rem(w0, size);
    assert(rest == 0, 'ZK0107 proof of work');
    absorb_words(ref channel, tag, array![low, high].span());
}
