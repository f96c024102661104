// DAO: a proposal is executed if a model scores the features of its text high enough, after a delay in which a guardian may veto it.
// Source: DESIGN §10. The contract counts the features itself (hashed words), so nobody chooses the inputs; the call is fixed with the text.
// Caveat: a text says nothing about what its call does, and whoever knows the model can write a text that pleases it. Delay and veto are what
// stands between a pleasing text and the treasury: a DAO without an awake guardian has neither.
#[starknet::interface]
trait IDao<T> {
    /// a text and the call that it asks for; the proposal's number, which is the nonce of its proof
    fn propose(
        ref self: T, text: Span<felt252>, to: starknet::ContractAddress, selector: felt252, calldata: Span<felt252>
    ) -> felt252;
    /// the model's inputs for a text, packed
    fn features(self: @T, text: Span<felt252>) -> Span<felt252>;
    /// a proof that the score passes the bar starts the delay
    fn queue(ref self: T, id: felt252, outputs: Span<felt252>);
    /// only from the guardian, before it is executed
    fn veto(ref self: T, id: felt252);
    /// does the call, once, after the delay and before it has grown stale; anybody
    fn execute(ref self: T, id: felt252, to: starknet::ContractAddress, selector: felt252, calldata: Span<felt252>);
}

#[starknet::contract]
mod Dao {
    use core::poseidon::poseidon_hash_span;
    use starknet::storage::Map;
    use starknet::{ContractAddress, get_block_timestamp, get_caller_address, syscalls::call_contract_syscall, SyscallResultTrait};
    use super::{elements, moving, word_counts};

    component!(path: moving, storage: moving, event: MovingEvent);
    #[abi(embed_v0)]
    impl MovingImpl = moving::MovingImpl<ContractState>;
    impl MovingPrivate = moving::Private<ContractState>;

    const PROPOSED: u8 = 1;
    const QUEUED: u8 = 2;
    /// executed or vetoed
    const CLOSED: u8 = 3;

    #[derive(Copy, Drop, starknet::Store)]
    struct Proposal {
        /// 0 where there is none
        state: u8,
        /// when it may be executed
        ready_at: u64,
        call_hash: felt252,
        features_low: felt252,
        features_high: felt252,
    }

    #[storage]
    struct Storage {
        #[substorage(v0)]
        moving: moving::Storage,
        guardian: ContractAddress,
        /// the least score that passes, the model's first output
        bar: felt252,
        timelock: u64,
        /// how long a proposal may be executed once it is ready
        grace: u64,
        count: felt252,
        proposals: Map<felt252, Proposal>,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    enum Event {
        #[flat]
        MovingEvent: moving::Event,
        Proposed: Proposed,
        Changed: Changed,
    }

    #[derive(Drop, starknet::Event)]
    struct Proposed {
        #[key]
        id: felt252,
        text: Span<felt252>,
        to: ContractAddress,
        selector: felt252,
        calldata: Span<felt252>,
    }

    #[derive(Drop, starknet::Event)]
    struct Changed {
        #[key]
        id: felt252,
        state: u8,
        ready_at: u64,
    }

    #[constructor]
    fn constructor(
        ref self: ContractState,
        registry: ContractAddress,
        model_id: felt252,
        owner: ContractAddress,
        delay: u64,
        guardian: ContractAddress,
        bar: felt252,
        timelock: u64,
        grace: u64
    ) {
        self.moving.believe(registry, model_id, owner, delay);
        self.guardian.write(guardian);
        self.bar.write(bar);
        self.timelock.write(timelock);
        self.grace.write(grace);
    }

    fn hash_of(to: ContractAddress, selector: felt252, calldata: Span<felt252>) -> felt252 {
        let mut call = array![to.into(), selector];
        call.append_span(calldata);
        poseidon_hash_span(call.span())
    }

    #[generate_trait]
    impl Private of PrivateTrait {
        fn close(ref self: ContractState, id: felt252, proposal: Proposal) {
            self.change(id, Proposal { state: CLOSED, ..proposal });
        }

        fn change(ref self: ContractState, id: felt252, proposal: Proposal) {
            self.proposals.write(id, proposal);
            self.emit(Changed { id, state: proposal.state, ready_at: proposal.ready_at });
        }
    }

    #[abi(embed_v0)]
    impl DaoImpl of super::IDao<ContractState> {
        fn propose(
            ref self: ContractState, text: Span<felt252>, to: ContractAddress, selector: felt252, calldata: Span<felt252>
        ) -> felt252 {
            let counts = word_counts(text);
            let call_hash = hash_of(to, selector, calldata);
            let count = self.count.read() + 1;
            self.count.write(count);
            let id = poseidon_hash_span(array![count, poseidon_hash_span(text), call_hash].span());
            let (features_low, features_high) = (*counts.at(0), *counts.at(1));
            self.proposals.write(id, Proposal { state: PROPOSED, ready_at: 0, call_hash, features_low, features_high });
            self.emit(Proposed { id, text, to, selector, calldata });
            id
        }

        fn features(self: @ContractState, text: Span<felt252>) -> Span<felt252> {
            word_counts(text)
        }

        fn queue(ref self: ContractState, id: felt252, outputs: Span<felt252>) {
            let proposal = self.proposals.read(id);
            assert(proposal.state == PROPOSED, 'ZK0764 no such proposal');
            let inputs = array![proposal.features_low, proposal.features_high].span();
            self.moving.require(inputs, outputs, id);
            let score = *elements(outputs, 1).at(0);
            let bar: i64 = self.bar.read().try_into().unwrap();
            assert(score >= bar, 'ZK0759 below the bar');
            self.change(id, Proposal { state: QUEUED, ready_at: get_block_timestamp() + self.timelock.read(), ..proposal });
        }

        fn veto(ref self: ContractState, id: felt252) {
            assert(get_caller_address() == self.guardian.read(), 'ZK0761 not the guardian');
            let proposal = self.proposals.read(id);
            assert(proposal.state == PROPOSED || proposal.state == QUEUED, 'ZK0764 no such proposal');
            self.close(id, proposal);
        }

        fn execute(ref self: ContractState, id: felt252, to: ContractAddress, selector: felt252, calldata: Span<felt252>) {
            let proposal = self.proposals.read(id);
            assert(proposal.state == QUEUED, 'ZK0764 not queued');
            let now = get_block_timestamp();
            assert(now >= proposal.ready_at, 'ZK0762 before the timelock');
            assert(now < proposal.ready_at + self.grace.read(), 'ZK0763 too late to execute');
            assert(hash_of(to, selector, calldata) == proposal.call_hash, 'ZK0758 another call');
            // before the call, which may call back
            self.close(id, proposal);
            call_contract_syscall(to, selector, calldata).unwrap_syscall();
        }
    }
}
