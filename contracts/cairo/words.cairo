// Felts of calldata as words: a digest is 8 u32 words, a group is 8 M31 elements a felt. Everything that is not canonical is refused.
// Source: fri/pcs/stream.ts, fri/core/digest.ts; PCS.md §10 (D13). Caveat: 31-bit digits cross the 128-bit halves of a felt: digit 4 is 4 low bits
// and 27 high bits.
type Pow24 = BoundedInt<0x1000000, 0x1000000>;
type Pow27 = BoundedInt<0x8000000, 0x8000000>;
type Pow31 = BoundedInt<0x80000000, 0x80000000>;
type Pow32 = BoundedInt<0x100000000, 0x100000000>;
const BY24: NonZero<Pow24> = 0x1000000;
const BY27: NonZero<Pow27> = 0x8000000;
const BY31: NonZero<Pow31> = 0x80000000;
const BY32: NonZero<Pow32> = 0x100000000;
impl DivRem32By24 of DivRemHelper<u32, Pow24> {
    type DivT = BoundedInt<0x0, 0xff>;
    type RemT = BoundedInt<0x0, 0xffffff>;
}
impl DivRem128By32 of DivRemHelper<u128, Pow32> {
    type DivT = BoundedInt<0x0, 0xffffffffffffffffffffffff>;
    type RemT = BoundedInt<0x0, 0xffffffff>;
}
impl DivRem96By32 of DivRemHelper<BoundedInt<0x0, 0xffffffffffffffffffffffff>, Pow32> {
    type DivT = BoundedInt<0x0, 0xffffffffffffffff>;
    type RemT = BoundedInt<0x0, 0xffffffff>;
}
impl DivRem64By32 of DivRemHelper<BoundedInt<0x0, 0xffffffffffffffff>, Pow32> {
    type DivT = BoundedInt<0x0, 0xffffffff>;
    type RemT = BoundedInt<0x0, 0xffffffff>;
}
impl DivRem128By31 of DivRemHelper<u128, Pow31> {
    type DivT = BoundedInt<0x0, 0x1ffffffffffffffffffffffff>;
    type RemT = BoundedInt<0x0, 0x7fffffff>;
}
impl DivRem97By31 of DivRemHelper<BoundedInt<0x0, 0x1ffffffffffffffffffffffff>, Pow31> {
    type DivT = BoundedInt<0x0, 0x3ffffffffffffffff>;
    type RemT = BoundedInt<0x0, 0x7fffffff>;
}
impl DivRem66By31 of DivRemHelper<BoundedInt<0x0, 0x3ffffffffffffffff>, Pow31> {
    type DivT = BoundedInt<0x0, 0x7ffffffff>;
    type RemT = BoundedInt<0x0, 0x7fffffff>;
}
impl DivRem35By31 of DivRemHelper<BoundedInt<0x0, 0x7ffffffff>, Pow31> {
    type DivT = BoundedInt<0x0, 0xf>;
    type RemT = BoundedInt<0x0, 0x7fffffff>;
}
impl DivRem128By27 of DivRemHelper<u128, Pow27> {
    type DivT = BoundedInt<0x0, 0x1fffffffffffffffffffffffff>;
    type RemT = BoundedInt<0x0, 0x7ffffff>;
}
impl DivRem101By31 of DivRemHelper<BoundedInt<0x0, 0x1fffffffffffffffffffffffff>, Pow31> {
    type DivT = BoundedInt<0x0, 0x3fffffffffffffffff>;
    type RemT = BoundedInt<0x0, 0x7fffffff>;
}
impl DivRem70By31 of DivRemHelper<BoundedInt<0x0, 0x3fffffffffffffffff>, Pow31> {
    type DivT = BoundedInt<0x0, 0x7fffffffff>;
    type RemT = BoundedInt<0x0, 0x7fffffff>;
}
impl Shift4 of MulHelper<BoundedInt<0x0, 0x7ffffff>, BoundedInt<0x10, 0x10>> {
    type Result = BoundedInt<0x0, 0x7ffffff0>;
}
impl Join31 of AddHelper<BoundedInt<0x0, 0x7ffffff0>, BoundedInt<0x0, 0xf>> {
    type Result = BoundedInt<0x0, 0x7fffffff>;
}
/// adding a constant is one step, subtracting from one is two
const MINUS_P: felt252 = -0x7fffffff;
const SIXTEEN: BoundedInt<0x10, 0x10> = 16;

/// the next felt of a stream
#[inline(always)]
fn next(ref stream: Span<felt252>) -> felt252 {
    match stream.pop_front() {
        Option::Some(felt) => *felt,
        Option::None => core::panic_with_felt252('ZK0104 too short'),
    }
}

/// the next `count` felts of a stream
fn take(ref stream: Span<felt252>, count: u32) -> Span<felt252> {
    assert(count <= stream.len(), 'ZK0104 too short');
    let taken = stream.slice(0, count);
    stream = stream.slice(count, stream.len() - count);
    taken
}

/// the 8 words of a digest's felt, the last one below 2^24
#[inline(always)]
fn split_digest(felt: felt252) -> (u32, u32, u32, u32, u32, u32, u32, u32) {
    let u: u256 = felt.into();
    let (q, w0) = bounded_int::div_rem(u.low, BY32);
    let (q, w1) = bounded_int::div_rem(q, BY32);
    let (w3, w2) = bounded_int::div_rem(q, BY32);
    let (q, w4) = bounded_int::div_rem(u.high, BY32);
    let (q, w5) = bounded_int::div_rem(q, BY32);
    let (w7, w6) = bounded_int::div_rem(q, BY32);
    let top: BoundedInt<0x0, 0xffffff> = match downcast(w7) {
        Option::Some(w) => w,
        Option::None => core::panic_with_felt252('ZK0102 digest'),
    };
    (upcast(w0), upcast(w1), upcast(w2), upcast(w3), upcast(w4), upcast(w5), upcast(w6), upcast(top))
}

/// a digest: 8 words, the last one below 2^24
#[inline(never)]
fn digest_words(felt: felt252) -> Box<[u32; 8]> {
    let (w0, w1, w2, w3, w4, w5, w6, w7) = split_digest(felt);
    BoxTrait::new([w0, w1, w2, w3, w4, w5, w6, w7])
}

/// any felt as 8 words, appended
fn append_felt_words(ref out: Array<u32>, felt: felt252) {
    let u: u256 = felt.into();
    let (q, w0) = bounded_int::div_rem(u.low, BY32);
    let (q, w1) = bounded_int::div_rem(q, BY32);
    let (w3, w2) = bounded_int::div_rem(q, BY32);
    let (q, w4) = bounded_int::div_rem(u.high, BY32);
    let (q, w5) = bounded_int::div_rem(q, BY32);
    let (w7, w6) = bounded_int::div_rem(q, BY32);
    out.append(upcast(w0));
    out.append(upcast(w1));
    out.append(upcast(w2));
    out.append(upcast(w3));
    out.append(upcast(w4));
    out.append(upcast(w5));
    out.append(upcast(w6));
    out.append(upcast(w7));
}

/// all words of a span: 16 at once, for a fifth of what `append_span` costs
fn append_words(ref out: Array<u32>, words: Span<u32>) {
    let mut rest = words;
    loop {
        match rest.multi_pop_front::<16>() {
            Option::Some(some) => {
                pay_here();
                let [w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, wa, wb, wc, wd, we, wf] = (*some).unbox();
                out.append(w0);
                out.append(w1);
                out.append(w2);
                out.append(w3);
                out.append(w4);
                out.append(w5);
                out.append(w6);
                out.append(w7);
                out.append(w8);
                out.append(w9);
                out.append(wa);
                out.append(wb);
                out.append(wc);
                out.append(wd);
                out.append(we);
                out.append(wf);
            },
            Option::None => { break; },
        }
    };
    out.append_span(rest);
}

fn append_digest(ref out: Array<u32>, digest: Box<[u32; 8]>) {
    let [w0, w1, w2, w3, w4, w5, w6, w7] = digest.unbox();
    out.append(w0);
    out.append(w1);
    out.append(w2);
    out.append(w3);
    out.append(w4);
    out.append(w5);
    out.append(w6);
    out.append(w7);
}

/// word 7 of a digest keeps its low 24 bits
#[inline(always)]
fn truncated(word: u32) -> u32 {
    let (_, low) = bounded_int::div_rem(word, BY24);
    upcast(low)
}

/// Σ w_i·2^(32i) of a truncated digest
#[inline(never)]
fn digest_felt(digest: Box<[u32; 8]>) -> felt252 {
    let [w0, w1, w2, w3, w4, w5, w6, w7] = digest.unbox();
    w0.into()
        + w1.into() * 0x100000000
        + w2.into() * 0x10000000000000000
        + w3.into() * 0x1000000000000000000000000
        + w4.into() * 0x100000000000000000000000000000000
        + w5.into() * 0x10000000000000000000000000000000000000000
        + w6.into() * 0x1000000000000000000000000000000000000000000000000
        + truncated(w7).into() * 0x100000000000000000000000000000000000000000000000000000000
}

/// 8 elements of a felt, lowest first; every digit below p (one product for all), nothing above 2^248
#[inline(always)]
fn unpack8(felt: felt252, ref out: Array<u32>) {
    let u: u256 = felt.into();
    let (q, m0) = bounded_int::div_rem(u.low, BY31);
    let (q, m1) = bounded_int::div_rem(q, BY31);
    let (q, m2) = bounded_int::div_rem(q, BY31);
    let (low4, m3) = bounded_int::div_rem(q, BY31);
    let (q, high4) = bounded_int::div_rem(u.high, BY27);
    let (q, m5) = bounded_int::div_rem(q, BY31);
    let (q, m6) = bounded_int::div_rem(q, BY31);
    let m7: BoundedInt<0x0, 0x7fffffff> = match downcast(q) {
        Option::Some(m) => m,
        Option::None => core::panic_with_felt252('ZK0101 packed felt'),
    };
    let m4 = bounded_int::add(bounded_int::mul(high4, SIXTEEN), low4);
    let f0: felt252 = upcast(m0);
    let f1: felt252 = upcast(m1);
    let f2: felt252 = upcast(m2);
    let f3: felt252 = upcast(m3);
    let f4: felt252 = upcast(m4);
    let f5: felt252 = upcast(m5);
    let f6: felt252 = upcast(m6);
    let f7: felt252 = upcast(m7);
    let distances = (f0 + MINUS_P)
        * (f1 + MINUS_P)
        * (f2 + MINUS_P)
        * (f3 + MINUS_P)
        * (f4 + MINUS_P)
        * (f5 + MINUS_P)
        * (f6 + MINUS_P)
        * (f7 + MINUS_P);
    assert(distances != 0, 'ZK0101 word not below p');
    out.append(upcast(m0));
    out.append(upcast(m1));
    out.append(upcast(m2));
    out.append(upcast(m3));
    out.append(upcast(m4));
    out.append(upcast(m5));
    out.append(upcast(m6));
    out.append(upcast(m7));
}

/// a group of `count` elements, appended; unused places of its last felt are 0; four felts a round, since a round by itself costs a fifth of a felt
fn unpack_group(ref stream: Span<felt252>, count: u32, ref out: Array<u32>) {
    let (full, rest) = DivRem::div_rem(count, 8);
    let mut felts = take(ref stream, full);
    loop {
        match felts.multi_pop_front::<4>() {
            Option::Some(four) => {
                pay_here();
                let [a, b, c, d] = (*four).unbox();
                unpack8(a, ref out);
                unpack8(b, ref out);
                unpack8(c, ref out);
                unpack8(d, ref out);
            },
            Option::None => { break; },
        }
    };
    loop {
        match felts.pop_front() {
            Option::Some(felt) => unpack8(*felt, ref out),
            Option::None => { break; },
        }
    };
    if rest != 0 {
        let mut tail: Array<u32> = array![];
        unpack8(next(ref stream), ref tail);
        let mut i: u32 = 0;
        while i != 8 {
            let word = tail.pop_front().unwrap();
            if i < rest {
                out.append(word);
            } else {
                assert(word == 0, 'ZK0106 unused places');
            }
            i += 1;
        };
    }
}
