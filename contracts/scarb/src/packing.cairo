// Tensors as the registry takes them: 8 numbers a felt, 31 bits each, negative ones from 2^31 - 1 down. Source: contracts/client/calldata.ts, docs/PCS.md §10.
// Caveat: integers of the model, not the real numbers that they stand for; `numbers::elements` is the inverse.

/// numbers of one tensor, from -(2^30 - 1) to 2^30 - 1, packed; tensors of a model are packed one by one and joined
pub fn pack(numbers: Span<i64>) -> Array<felt252> {
    let mut packed: Array<felt252> = array![];
    let mut numbers = numbers;
    let mut felt: felt252 = 0;
    let mut unit: felt252 = 1;
    let mut places: u32 = 0;
    loop {
        match numbers.pop_front() {
            Option::Some(number) => {
                let number = *number;
                assert(number <= 0x3fffffff && number >= -0x3fffffff, 'number beyond 2^30');
                let value = if number < 0 {
                    number + 0x7fffffff
                } else {
                    number
                };
                let word: felt252 = value.into();
                felt += word * unit;
                unit *= 0x80000000;
                places += 1;
                if places == 8 {
                    packed.append(felt);
                    felt = 0;
                    unit = 1;
                    places = 0;
                }
            },
            Option::None => { break; },
        }
    };
    if places != 0 {
        packed.append(felt);
    }
    packed
}
