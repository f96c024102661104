// What every consumer does: asks the registry whether somebody proved a statement in a context that only the present caller could have used,
// and reads the outputs. Caveat: each consumer adds its own address and a nonce to the context; without them a proof could be used twice.
use starknet::{ContractAddress, get_caller_address, get_contract_address, get_tx_info};

/// The statement "the model gave these outputs on these inputs, for this caller, nonce and contract", if it is a fact; panics otherwise.
fn require_proven(
    registry: ContractAddress, model_id: felt252, inputs: Span<felt252>, outputs: Span<felt252>, nonce: felt252
) -> felt252 {
    let context = array![
        get_tx_info().unbox().chain_id, registry.into(), get_caller_address().into(), nonce, get_contract_address().into()
    ];
    let contract = IRegistryDispatcher { contract_address: registry };
    let statement = contract.statement_hash(model_id, inputs, outputs, context.span());
    assert(contract.is_valid(statement), 'ZK0750 not proven');
    statement
}

/// the first `count` elements of a packed tensor as signed numbers
fn elements(packed: Span<felt252>, count: u32) -> Array<i64> {
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
fn argmax(numbers: Span<i64>) -> u32 {
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

#[starknet::interface]
trait IToken<T> {
    fn transfer(ref self: T, recipient: ContractAddress, amount: u256) -> bool;
    fn transfer_from(ref self: T, sender: ContractAddress, recipient: ContractAddress, amount: u256) -> bool;
    fn balance_of(self: @T, account: ContractAddress) -> u256;
}

/// pays, and fails when the token does; a token may call back from here, so whoever pays has written down before that it paid
fn pay(token: ContractAddress, recipient: ContractAddress, amount: u256) {
    assert(ITokenDispatcher { contract_address: token }.transfer(recipient, amount), 'ZK0751 payment failed');
}

/// the whole balance of a contract of its own
fn balance(token: ContractAddress) -> u256 {
    ITokenDispatcher { contract_address: token }.balance_of(get_contract_address())
}

/// moves what somebody allowed this contract to take
fn take(token: ContractAddress, from: ContractAddress, to: ContractAddress, amount: u256) {
    if amount != 0 {
        assert(ITokenDispatcher { contract_address: token }.transfer_from(from, to, amount), 'ZK0751 payment failed');
    }
}
