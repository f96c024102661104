// Bounty: pays the first model whose proven accuracy on a test set passes a bar. Source: DESIGN §10. A public test set can be learnt by
// heart, so the sponsor commits to it (Poseidon of inputs' hash, salt, labels), admits models by id, then the set is revealed, and only models
// that entered before may claim. One proof covers the whole set: the model's batch. The sponsor admits a model whose .zkb passed
// `zkvm audit`, by the id that it printed: another program may prove several outputs for one input and pick them once the labels are known, a branch
// can hide that from test runs, the registry takes any record, and no contract sees the program.
// Caveat: the sponsor must reveal; a deadline with a refund is left to a real contract.
#[starknet::interface]
trait IBounty<T> {
    /// a model that may claim later; only from the sponsor, before the reveal
    fn enter(ref self: T, model_id: felt252);
    /// opens the commitment
    fn reveal(ref self: T, inputs_hash: felt252, salt: felt252, labels: Span<felt252>);
    /// pays the whole balance for a proof that the model labels at least `bar` samples right; the number of right labels
    fn claim(ref self: T, model_id: felt252, inputs: Span<felt252>, outputs: Span<felt252>) -> u32;
    fn paid(self: @T) -> bool;
}

#[starknet::contract]
mod Bounty {
    use core::poseidon::poseidon_hash_span;
    use starknet::storage::Map;
    use starknet::{ContractAddress, get_caller_address, get_contract_address};
    use super::{
        require_proven, elements, argmax, pay, IRegistryDispatcher, IRegistryDispatcherTrait, ITokenDispatcher, ITokenDispatcherTrait,
    };

    #[storage]
    struct Storage {
        /// who admits models
        sponsor: ContractAddress,
        registry: ContractAddress,
        token: ContractAddress,
        commitment: felt252,
        classes: u32,
        /// right labels that are needed
        bar: u32,
        entered: Map<felt252, bool>,
        revealed: bool,
        inputs_hash: felt252,
        samples: u32,
        labels: Map<u32, felt252>,
        paid: bool,
    }

    #[constructor]
    fn constructor(
        ref self: ContractState,
        sponsor: ContractAddress,
        registry: ContractAddress,
        token: ContractAddress,
        commitment: felt252,
        classes: u32,
        bar: u32
    ) {
        self.sponsor.write(sponsor);
        self.registry.write(registry);
        self.token.write(token);
        self.commitment.write(commitment);
        self.classes.write(classes);
        self.bar.write(bar);
    }

    #[abi(embed_v0)]
    impl BountyImpl of super::IBounty<ContractState> {
        fn enter(ref self: ContractState, model_id: felt252) {
            assert(get_caller_address() == self.sponsor.read(), 'ZK0760 not the sponsor');
            assert(!self.revealed.read(), 'ZK0753 already revealed');
            self.entered.write(model_id, true);
        }

        fn reveal(ref self: ContractState, inputs_hash: felt252, salt: felt252, labels: Span<felt252>) {
            assert(!self.revealed.read(), 'ZK0753 already revealed');
            let mut opening = array![inputs_hash, salt];
            opening.append_span(labels);
            assert(poseidon_hash_span(opening.span()) == self.commitment.read(), 'ZK0754 not the commitment');
            self.revealed.write(true);
            self.inputs_hash.write(inputs_hash);
            self.samples.write(labels.len());
            let mut i: u32 = 0;
            while i != labels.len() {
                self.labels.write(i, *labels.at(i));
                i += 1;
            };
        }

        fn claim(ref self: ContractState, model_id: felt252, inputs: Span<felt252>, outputs: Span<felt252>) -> u32 {
            assert(self.revealed.read(), 'ZK0755 not revealed');
            assert(!self.paid.read(), 'ZK0756 already paid');
            assert(self.entered.read(model_id), 'ZK0757 model did not enter');
            let registry = self.registry.read();
            let hash = IRegistryDispatcher { contract_address: registry }.inputs_hash(model_id, inputs);
            assert(hash == self.inputs_hash.read(), 'ZK0758 other inputs');
            require_proven(registry, model_id, inputs, outputs, 0);
            let classes = self.classes.read();
            let samples = self.samples.read();
            let numbers = elements(outputs, classes * samples);
            let numbers = numbers.span();
            let mut right: u32 = 0;
            let mut i: u32 = 0;
            while i != samples {
                let label = argmax(numbers.slice(i * classes, classes));
                if self.labels.read(i) == label.into() {
                    right += 1;
                }
                i += 1;
            };
            assert(right >= self.bar.read(), 'ZK0759 below the bar');
            self.paid.write(true);
            let token = self.token.read();
            let prize = ITokenDispatcher { contract_address: token }.balance_of(get_contract_address());
            pay(token, get_caller_address(), prize);
            right
        }

        fn paid(self: @ContractState) -> bool {
            self.paid.read()
        }
    }
}
