// A component for contracts that believe one model: where its registry is, which model, and each account's next nonce, so that a proof is used once.
// Source: the way of OpenZeppelin's components. Caveat: registry and model stay what the constructor made them, unless the contract that embeds this
// calls `initializer` again; it decides who may.
#[starknet::interface]
pub trait IProvenInference<TState> {
    fn proven_registry(self: @TState) -> starknet::ContractAddress;
    fn proven_model(self: @TState) -> felt252;
    /// nonce of the context that this account's next proof must have; 1 at first
    fn proven_nonce(self: @TState, account: starknet::ContractAddress) -> felt252;
}

#[starknet::component]
pub mod ProvenInferenceComponent {
    use core::num::traits::Zero;
    use starknet::storage::{
        Map, StorageMapReadAccess, StorageMapWriteAccess, StoragePointerReadAccess, StoragePointerWriteAccess
    };
    use starknet::{ContractAddress, get_caller_address};
    use super::super::proven::require_proven;

    #[storage]
    pub struct Storage {
        pub ProvenInference_registry: ContractAddress,
        pub ProvenInference_model: felt252,
        /// proofs that an account has used
        pub ProvenInference_used: Map<ContractAddress, felt252>,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    pub enum Event {
        Believed: Believed,
        Used: Used,
    }

    /// from here on this registry and this model count
    #[derive(Drop, starknet::Event)]
    pub struct Believed {
        pub registry: ContractAddress,
        pub model: felt252,
    }

    /// a proof that counts no more
    #[derive(Drop, starknet::Event)]
    pub struct Used {
        #[key]
        pub account: ContractAddress,
        pub nonce: felt252,
        pub statement: felt252,
    }

    pub mod Errors {
        pub const NO_REGISTRY: felt252 = 'registry is zero';
        pub const NO_MODEL: felt252 = 'model is zero';
    }

    #[embeddable_as(ProvenInferenceImpl)]
    pub impl ProvenInference<
        TContractState, +HasComponent<TContractState>
    > of super::IProvenInference<ComponentState<TContractState>> {
        fn proven_registry(self: @ComponentState<TContractState>) -> ContractAddress {
            self.ProvenInference_registry.read()
        }

        fn proven_model(self: @ComponentState<TContractState>) -> felt252 {
            self.ProvenInference_model.read()
        }

        fn proven_nonce(self: @ComponentState<TContractState>, account: ContractAddress) -> felt252 {
            self.ProvenInference_used.read(account) + 1
        }
    }

    #[generate_trait]
    pub impl InternalImpl<TContractState, +HasComponent<TContractState>> of InternalTrait<TContractState> {
        /// in the constructor
        fn initializer(ref self: ComponentState<TContractState>, registry: ContractAddress, model: felt252) {
            let nobody: ContractAddress = Zero::zero();
            assert(registry != nobody, Errors::NO_REGISTRY);
            assert(model != 0, Errors::NO_MODEL);
            self.ProvenInference_registry.write(registry);
            self.ProvenInference_model.write(model);
            self.emit(Believed { registry, model });
        }

        /// the model gave these outputs on these inputs, proven for the caller with its next nonce; panics otherwise, and moves the nonce on
        fn consume_proven(ref self: ComponentState<TContractState>, inputs: Span<felt252>, outputs: Span<felt252>) -> felt252 {
            let account = get_caller_address();
            let nonce = self.ProvenInference_used.read(account) + 1;
            let registry = self.ProvenInference_registry.read();
            let statement = require_proven(registry, self.ProvenInference_model.read(), inputs, outputs, nonce);
            self.ProvenInference_used.write(account, nonce);
            self.emit(Used { account, nonce, statement });
            statement
        }

        /// the same under a nonce that the contract chooses, a round for example, and as often as it likes
        fn assert_proven(
            self: @ComponentState<TContractState>, inputs: Span<felt252>, outputs: Span<felt252>, nonce: felt252
        ) -> felt252 {
            require_proven(self.ProvenInference_registry.read(), self.ProvenInference_model.read(), inputs, outputs, nonce)
        }
    }
}
