// Oracle: a contract that acts on a model's answer only if it is proven for the round that is open now, on that round's inputs. Source: DESIGN §10.
// The inputs come from an attester, who opens a round with their hash, or from a source contract, whose state anybody may open a round on. A
// round's nonce is hashed from its block and transaction, so no proof is made in advance. Caveat: the attester's word is all that says
// where inputs come from; a source that others can move for one transaction (a pool's price) is read at its worst moment.
#[starknet::interface]
trait IOracle<T> {
    /// opens a round on inputs with this Poseidon hash of their packed felts; only the attester; its nonce
    fn open(ref self: T, inputs_hash: felt252) -> felt252;
    /// opens a round on what the source contract says now
    fn open_from_source(ref self: T) -> felt252;
    /// takes the proven answer for the open round and closes it; the class with the largest output
    fn update(ref self: T, inputs: Span<felt252>, outputs: Span<felt252>) -> u32;
    /// the nonce that a proof's context must have, 0 where no round is open
    fn nonce(self: @T) -> felt252;
    /// the last answer and the time when its round was opened; fails before the first one, so that nobody takes 0 for an answer
    fn answer(self: @T) -> (u32, u64);
}

/// What a source of chain state says: the model's inputs, packed.
#[starknet::interface]
trait ISource<T> {
    fn packed_inputs(self: @T) -> Span<felt252>;
}

#[starknet::contract]
mod Oracle {
    use core::poseidon::poseidon_hash_span;
    use starknet::{ContractAddress, get_block_info, get_caller_address, get_tx_info};
    use super::{elements, argmax, moving, ISourceDispatcher, ISourceDispatcherTrait};

    component!(path: moving, storage: moving, event: MovingEvent);
    #[abi(embed_v0)]
    impl MovingImpl = moving::MovingImpl<ContractState>;
    impl MovingPrivate = moving::Private<ContractState>;

    #[storage]
    struct Storage {
        #[substorage(v0)]
        moving: moving::Storage,
        attester: ContractAddress,
        source: ContractAddress,
        /// number of classes of the model
        classes: u32,
        /// before that a round that nobody answered is not replaced by another
        round_seconds: u64,
        rounds: felt252,
        /// of the open round; 0 where none is open
        nonce: felt252,
        inputs_hash: felt252,
        opened_at: u64,
        answer: u32,
        /// when the answer's round was opened; 0 where there is none
        answer_of: u64,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    enum Event {
        #[flat]
        MovingEvent: moving::Event,
        Opened: Opened,
        Answered: Answered,
    }

    #[derive(Drop, starknet::Event)]
    struct Opened {
        #[key]
        nonce: felt252,
        inputs_hash: felt252,
    }

    #[derive(Drop, starknet::Event)]
    struct Answered {
        #[key]
        nonce: felt252,
        answer: u32,
        statement: felt252,
    }

    #[constructor]
    fn constructor(
        ref self: ContractState,
        registry: ContractAddress,
        model_id: felt252,
        owner: ContractAddress,
        delay: u64,
        attester: ContractAddress,
        source: ContractAddress,
        classes: u32,
        round_seconds: u64
    ) {
        self.moving.believe(registry, model_id, owner, delay);
        self.attester.write(attester);
        self.source.write(source);
        self.classes.write(classes);
        self.round_seconds.write(round_seconds);
    }

    #[generate_trait]
    impl Private of PrivateTrait {
        fn open_round(ref self: ContractState, inputs_hash: felt252) -> felt252 {
            let block = get_block_info().unbox();
            let is_open = self.nonce.read() != 0;
            assert(
                !is_open || block.block_timestamp >= self.opened_at.read() + self.round_seconds.read(), 'ZK0762 a round is open'
            );
            let round = self.rounds.read() + 1;
            let transaction = get_tx_info().unbox().transaction_hash;
            let nonce = poseidon_hash_span(
                array![round, inputs_hash, block.block_number.into(), block.block_timestamp.into(), transaction].span()
            );
            self.rounds.write(round);
            self.nonce.write(nonce);
            self.inputs_hash.write(inputs_hash);
            self.opened_at.write(block.block_timestamp);
            self.emit(Opened { nonce, inputs_hash });
            nonce
        }
    }

    #[abi(embed_v0)]
    impl OracleImpl of super::IOracle<ContractState> {
        fn open(ref self: ContractState, inputs_hash: felt252) -> felt252 {
            assert(get_caller_address() == self.attester.read(), 'ZK0761 not the attester');
            self.open_round(inputs_hash)
        }

        fn open_from_source(ref self: ContractState) -> felt252 {
            let source = self.source.read();
            assert(source.is_non_zero(), 'ZK0764 no source');
            let inputs = ISourceDispatcher { contract_address: source }.packed_inputs();
            self.open_round(poseidon_hash_span(inputs))
        }

        fn update(ref self: ContractState, inputs: Span<felt252>, outputs: Span<felt252>) -> u32 {
            let nonce = self.nonce.read();
            assert(nonce != 0, 'ZK0764 no open round');
            assert(poseidon_hash_span(inputs) == self.inputs_hash.read(), 'ZK0758 other inputs');
            let statement = self.moving.require(inputs, outputs, nonce);
            let answer = argmax(elements(outputs, self.classes.read()).span());
            self.nonce.write(0);
            self.answer.write(answer);
            self.answer_of.write(self.opened_at.read());
            self.emit(Answered { nonce, answer, statement });
            answer
        }

        fn nonce(self: @ContractState) -> felt252 {
            self.nonce.read()
        }

        fn answer(self: @ContractState) -> (u32, u64) {
            let opened_at = self.answer_of.read();
            assert(opened_at != 0, 'ZK0764 no answer yet');
            (self.answer.read(), opened_at)
        }
    }
}
