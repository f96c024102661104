// The context that a proof must have been made in, as felts: what `zkvm register --nonce N --extra CONTRACT` prints and `zkvm prove --context` takes.
// Source: contracts/client/calldata.ts. Caveat: leave nothing out; each of the first four binds a proof to one use.
use starknet::{ContractAddress, get_caller_address, get_contract_address, get_tx_info};

/// a context for this chain
pub fn context_of(registry: ContractAddress, caller: ContractAddress, nonce: felt252, extra: Span<felt252>) -> Array<felt252> {
    let mut context = array![get_tx_info().unbox().chain_id, registry.into(), caller.into(), nonce];
    let mut extra = extra;
    loop {
        match extra.pop_front() {
            Option::Some(felt) => context.append(*felt),
            Option::None => { break; },
        }
    };
    context
}

/// the context that `require_proven` asks for: the present caller, this contract
pub fn caller_context(registry: ContractAddress, nonce: felt252) -> Array<felt252> {
    let consumer: felt252 = get_contract_address().into();
    context_of(registry, get_caller_address(), nonce, array![consumer].span())
}
