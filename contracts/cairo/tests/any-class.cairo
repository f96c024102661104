// Runs an entry point of any declared class as if it were this contract's own: one address, one storage, and so one set of proofs for every
// weakened registry that test/mutants tries. Never deployed elsewhere. Caveat: whoever calls it decides what code runs.
#[starknet::interface]
trait IAnyClass<T> {
    fn run(ref self: T, class_hash: starknet::ClassHash, selector: felt252, calldata: Span<felt252>) -> Span<felt252>;
}

#[starknet::contract]
mod AnyClass {
    use starknet::{ClassHash, SyscallResultTrait};
    use starknet::syscalls::library_call_syscall;

    #[storage]
    struct Storage {}

    #[abi(embed_v0)]
    impl AnyClassImpl of super::IAnyClass<ContractState> {
        fn run(ref self: ContractState, class_hash: ClassHash, selector: felt252, calldata: Span<felt252>) -> Span<felt252> {
            library_call_syscall(class_hash, selector, calldata).unwrap_syscall()
        }
    }
}
