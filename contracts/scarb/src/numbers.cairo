// What a packed tensor says: its numbers, and which is the largest.
// Generated from contracts/cairo/consumers/proven.cairo (npm run gen): do not edit. Caveat: integers of the model, which compare only where all elements have one scale.
use core::traits::DivRem;

/// the first `count` elements of a packed tensor as signed numbers
pub fn elements(packed: Span<felt252>, count: u32) -> Array<i64> {
    let mut numbers: Array<i64> = array![];
    let mut packed = packed;
    while numbers.len() != count {
        let mut rest: u256 = (*packed.pop_front().unwrap()).into();
        let mut place: u32 = 0;
        while place != 8 && numbers.len() != count {
            let (high, low) = DivRem::div_rem(rest, 0x80000000_u256.try_into().unwrap());
            let word: felt252 = low.try_into().unwrap();
            let value: i64 = word.try_into().unwrap();
            numbers.append(if value > 0x3fffffff {
                value - 0x7fffffff
            } else {
                value
            });
            rest = high;
            place += 1;
        };
    };
    numbers
}

/// index of the first largest number
pub fn argmax(numbers: Span<i64>) -> u32 {
    let mut best: u32 = 0;
    let mut i: u32 = 1;
    while i < numbers.len() {
        if *numbers.at(i) > *numbers.at(best) {
            best = i;
        }
        i += 1;
    };
    best
}
