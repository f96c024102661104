// M31, p = 2^31 - 1, inside felt252: sums and products stay unreduced as long as a bound says that they fit, `reduce` brings them back.
// Source: fri/core/m31.ts. Caveat: a value may stand for any integer v with |v| < 2^125; who adds and multiplies keeps that bound (written
// at each place), because the None arm below is then out of reach.
use core::gas::withdraw_gas;
use core::internal::bounded_int;
use core::internal::bounded_int::{BoundedInt, MulHelper, AddHelper, DivRemHelper, upcast, downcast};

const P: felt252 = 0x7fffffff;
const P_U32: u32 = 0x7fffffff;
type ModulusInt = BoundedInt<0x7fffffff, 0x7fffffff>;
type M31Int = BoundedInt<0, 0x7ffffffe>;
const MODULUS: NonZero<ModulusInt> = 0x7fffffff;
impl DivRemU128ByP of DivRemHelper<u128, ModulusInt> {
    type DivT = BoundedInt<0, 0x2000000040000000800000010>;
    type RemT = M31Int;
}
impl DivRemU32ByP of DivRemHelper<u32, ModulusInt> {
    type DivT = BoundedInt<0, 2>;
    type RemT = M31Int;
}

/// the least multiple of p above 2^125
const REDUCE_OFFSET: felt252 = 0x2000000000000000000000007ffffffd;

/// v mod p in 0..p-1, for |v| < 2^125. The arm that is out of reach returns at once: all branches of a function are billed as the dearest,
/// and a felt that is no u128 costs 11 steps to see.
#[inline(never)]
fn reduce(v: felt252) -> felt252 {
    let u: u128 = match (v + REDUCE_OFFSET).try_into() {
        Option::Some(x) => x,
        Option::None => { return 0; },
    };
    let (_, r) = bounded_int::div_rem(u, MODULUS);
    upcast(r)
}

/// Pays for what follows when it is reached, so that a branch beside it is not billed for it.
#[inline(always)]
fn pay_here() {
    match withdraw_gas() {
        Option::Some(_) => {},
        Option::None => core::panic_with_felt252('Out of gas'),
    }
}

/// the product of two values whose bounds multiply to less than 2^125, reduced
#[inline(always)]
fn multiply(a: felt252, b: felt252) -> felt252 {
    reduce(a * b)
}

/// x^(2^times), x reduced
fn square_times(x: felt252, times: u32) -> felt252 {
    let mut value = x;
    let mut left = times;
    while left != 0 {
        value = multiply(value, value);
        left -= 1;
    };
    value
}

/// 1/x = x^(p-2) for a reduced x ≠ 0, and 0 for 0: p - 2 = (2^29 - 1)·4 + 1
fn invert(x: felt252) -> felt252 {
    let ones2 = multiply(square_times(x, 1), x);
    let ones4 = multiply(square_times(ones2, 2), ones2);
    let ones8 = multiply(square_times(ones4, 4), ones4);
    let ones16 = multiply(square_times(ones8, 8), ones8);
    let ones24 = multiply(square_times(ones16, 8), ones8);
    let ones28 = multiply(square_times(ones24, 4), ones4);
    let ones29 = multiply(square_times(ones28, 1), x);
    multiply(square_times(ones29, 2), x)
}

/// Inverses of reduced values in REVERSE order, by one inversion (Montgomery's trick). Panics if one of them is 0.
fn invert_all(values: Span<felt252>) -> Array<felt252> {
    let mut before: Array<felt252> = array![];
    let mut product: felt252 = 1;
    let mut rest = values;
    loop {
        match rest.pop_front() {
            Option::Some(x) => {
                before.append(product);
                product = multiply(product, *x);
            },
            Option::None => { break; },
        }
    };
    assert(product != 0, 'ZK0140 zero denominator');
    let mut inverse = invert(product);
    let mut inverses: Array<felt252> = array![];
    let mut rest = values;
    let mut before = before.span();
    loop {
        match rest.pop_back() {
            Option::Some(x) => {
                inverses.append(multiply(inverse, *before.pop_back().unwrap()));
                inverse = multiply(inverse, *x);
            },
            Option::None => { break; },
        }
    };
    inverses
}

/// 2^exponent as a felt, for small exponents
fn power_of_two(exponent: u32) -> felt252 {
    let mut power: felt252 = 1;
    let mut left = exponent;
    while left != 0 {
        power = power + power;
        left -= 1;
    };
    power
}

/// a reduced value as a word
#[inline(always)]
fn to_word(v: felt252) -> u32 {
    v.try_into().unwrap()
}
