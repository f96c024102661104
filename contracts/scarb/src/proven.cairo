// Whether a statement is a fact, in a context that only the present caller could have used.
// Generated from contracts/cairo/consumers/proven.cairo (npm run gen): do not edit. Caveat: the nonce is yours: without a new one, or a mark that it was used, a proof counts twice.
use starknet::{ContractAddress, get_caller_address, get_contract_address, get_tx_info};
use super::registry::{IRegistryDispatcher, IRegistryDispatcherTrait};

/// The statement "the model gave these outputs on these inputs, for this caller, nonce and contract", if it is a fact; panics otherwise.
pub fn require_proven(
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
