// Entry points for what the package computes without a registry, compared with TypeScript in test/devnet/scarb.test.ts. Never deployed elsewhere.
// Caveat: numbers come as felts, negative ones as what they are modulo the prime.
use zkvm_starknet::context::{caller_context, context_of};
use zkvm_starknet::numbers::{argmax, elements};
use zkvm_starknet::packing::pack;

#[starknet::interface]
pub trait IHelpers<TState> {
    fn packed(self: @TState, numbers: Span<i64>) -> Array<felt252>;
    fn unpacked(self: @TState, packed: Span<felt252>, count: u32) -> Array<i64>;
    fn largest(self: @TState, numbers: Span<i64>) -> u32;
    fn context(
        self: @TState, registry: starknet::ContractAddress, caller: starknet::ContractAddress, nonce: felt252, extra: Span<felt252>
    ) -> Array<felt252>;
    fn own_context(self: @TState, registry: starknet::ContractAddress, nonce: felt252) -> Array<felt252>;
}

#[starknet::contract]
pub mod Helpers {
    use starknet::ContractAddress;

    #[storage]
    struct Storage {}

    #[abi(embed_v0)]
    impl HelpersImpl of super::IHelpers<ContractState> {
        fn packed(self: @ContractState, numbers: Span<i64>) -> Array<felt252> {
            super::pack(numbers)
        }

        fn unpacked(self: @ContractState, packed: Span<felt252>, count: u32) -> Array<i64> {
            super::elements(packed, count)
        }

        fn largest(self: @ContractState, numbers: Span<i64>) -> u32 {
            super::argmax(numbers)
        }

        fn context(
            self: @ContractState, registry: ContractAddress, caller: ContractAddress, nonce: felt252, extra: Span<felt252>
        ) -> Array<felt252> {
            super::context_of(registry, caller, nonce, extra)
        }

        fn own_context(self: @ContractState, registry: ContractAddress, nonce: felt252) -> Array<felt252> {
            super::caller_context(registry, nonce)
        }
    }
}
