// A registry for tests that proves nothing: a statement is a fact once somebody says so. Source: the interface of the real one, as far as consumers ask it.
// Caveat: never deploy it for anything but a test; its statement hashes are not the registry's.
#[starknet::interface]
pub trait IMockRegistry<TState> {
    /// says that a model gave these outputs on these inputs, in this context
    fn set_proven(
        ref self: TState, model_id: felt252, inputs: Span<felt252>, outputs: Span<felt252>, context: Span<felt252>
    ) -> felt252;
    fn is_valid(self: @TState, statement: felt252) -> bool;
    fn statement_hash(
        self: @TState, model_id: felt252, inputs: Span<felt252>, outputs: Span<felt252>, context: Span<felt252>
    ) -> felt252;
    fn inputs_hash(self: @TState, model_id: felt252, inputs: Span<felt252>) -> felt252;
}

#[starknet::contract]
pub mod MockRegistry {
    use core::poseidon::poseidon_hash_span;
    use starknet::storage::{Map, StorageMapReadAccess, StorageMapWriteAccess};

    #[storage]
    struct Storage {
        facts: Map<felt252, bool>,
    }

    /// a list behind its length, so that no two lists of lists are one
    fn append_list(ref all: Array<felt252>, list: Span<felt252>) {
        all.append(list.len().into());
        let mut list = list;
        loop {
            match list.pop_front() {
                Option::Some(felt) => all.append(*felt),
                Option::None => { break; },
            }
        };
    }

    fn hash_of(model_id: felt252, inputs: Span<felt252>, outputs: Span<felt252>, context: Span<felt252>) -> felt252 {
        let mut all = array![model_id];
        append_list(ref all, inputs);
        append_list(ref all, outputs);
        append_list(ref all, context);
        poseidon_hash_span(all.span())
    }

    #[abi(embed_v0)]
    impl MockRegistryImpl of super::IMockRegistry<ContractState> {
        fn set_proven(
            ref self: ContractState, model_id: felt252, inputs: Span<felt252>, outputs: Span<felt252>, context: Span<felt252>
        ) -> felt252 {
            let statement = hash_of(model_id, inputs, outputs, context);
            self.facts.write(statement, true);
            statement
        }

        fn is_valid(self: @ContractState, statement: felt252) -> bool {
            self.facts.read(statement)
        }

        fn statement_hash(
            self: @ContractState, model_id: felt252, inputs: Span<felt252>, outputs: Span<felt252>, context: Span<felt252>
        ) -> felt252 {
            hash_of(model_id, inputs, outputs, context)
        }

        fn inputs_hash(self: @ContractState, model_id: felt252, inputs: Span<felt252>) -> felt252 {
            let mut all = array![model_id];
            append_list(ref all, inputs);
            poseidon_hash_span(all.span())
        }
    }
}
