// The contract: models are registered by their record, a verified statement is a fact. Source: DESIGN §10, AIR.md §9 items 8, 10, 26.
// A context starts with chain id, this contract, the account or contract that calls `verify`, and a nonce, so that a proof made for one of
// them says nothing to another; what follows is the consumer's. Caveat: a fact says that the statement holds, not who may use it.
// Nothing can be changed or paused: there is no owner.
// A proof in several shards is verified in a session of several transactions: `begin` (statement, instances, all base roots), `shard` for each of
// them in any order, `finish`. The session's number is the transcript after all that the challenges depend on, so it binds the statement, the model,
// the context and every base root, and a shard is verified on a fork of exactly that transcript. The context's caller begins; anybody may go on,
// since whatever shard is accepted there is a shard of that proof. A session that nobody finishes stays, and means nothing.
// A new fact is one event with all that an indexer asks for: statement, model and the context's caller as keys, the outputs' hash as data.
#[starknet::contract]
mod Registry {
    use core::poseidon::poseidon_hash_span;
    use starknet::storage::Map;
    use starknet::{ContractAddress, get_caller_address, get_contract_address, get_tx_info};
    use super::{
        ProofSizes, Instance, Record, Statement, parse_record, with_roots, committed_count, check_regions, CONTEXT_HEADER, MAX_CONTEXT, model_id, make_statement, tensor_words, statement_hash, inputs_hash, verify_proof, append_felt_words,
        Opening, open_proof, verify_part, shard_digest, packed_element, unpacked_element, split_state, joined_state, is_zero, add, red, air_hash, digest_felt,
    };

    /// u32 words of a record in one felt of calldata and storage
    const RECORD_PACK: u32 = 7;

    /// of entry points, events and what a context means: 1 without sessions, 2 with them, 3 with this number and the caller in events
    const VERSION: u32 = 3;

    #[storage]
    struct Storage {
        /// model id → words of its record
        record_words: Map<felt252, u32>,
        /// model id, index → felt of the record
        record_felts: Map<(felt252, u32), felt252>,
        /// statement hash → verified
        facts: Map<felt252, bool>,
        sessions: Map<felt252, Session>,
        /// session, shard → hash of its instances and base root; 0 once the session is closed
        expected: Map<(felt252, u32), felt252>,
        /// session, number → root of a committed input
        roots: Map<(felt252, u32), felt252>,
        /// session, shard → its claimed sum; 0 until it is verified
        claimed: Map<(felt252, u32), felt252>,
    }

    /// what was said when a session began
    #[derive(Copy, Drop, starknet::Store)]
    struct Session {
        /// how many; 0 where no session began
        shards: u32,
        queries: u32,
        /// the last byte of the transcript's state, whose others are the session's number
        state_top: u32,
        closed: bool,
        model_id: felt252,
        statement: felt252,
        /// the sum of all public terms
        public: felt252,
        /// for the event when it is finished
        outputs_hash: felt252,
        caller: ContractAddress,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    enum Event {
        ModelRegistered: ModelRegistered,
        StatementVerified: StatementVerified,
        SessionBegun: SessionBegun,
    }

    #[derive(Drop, starknet::Event)]
    struct ModelRegistered {
        #[key]
        model_id: felt252,
    }

    #[derive(Drop, starknet::Event)]
    struct StatementVerified {
        #[key]
        statement: felt252,
        #[key]
        model_id: felt252,
        /// whom the context names, also where somebody else finishes a session
        #[key]
        caller: ContractAddress,
        /// Poseidon of the packed outputs, felt by felt as `verify` and `begin` take them
        outputs_hash: felt252,
    }

    #[derive(Drop, starknet::Event)]
    struct SessionBegun {
        #[key]
        session: felt252,
        #[key]
        statement: felt252,
    }

    /// 7 words a felt, unused places 0
    fn unpack_record(felts: Span<felt252>, words: u32) -> Span<u32> {
        assert(words <= felts.len() * RECORD_PACK && felts.len() * RECORD_PACK < words + RECORD_PACK, 'ZK0301 record length');
        let mut unpacked: Array<u32> = array![];
        let mut felts = felts;
        let mut left = words;
        loop {
            match felts.pop_front() {
                Option::Some(felt) => {
                    let mut eight: Array<u32> = array![];
                    append_felt_words(ref eight, *felt);
                    let mut i: u32 = 0;
                    while i != 8 {
                        let word = eight.pop_front().unwrap();
                        if i != RECORD_PACK && left != 0 {
                            unpacked.append(word);
                            left -= 1;
                        } else {
                            assert(word == 0, 'ZK0301 record padding');
                        }
                        i += 1;
                    };
                },
                Option::None => { break; },
            }
        };
        unpacked.span()
    }

    #[generate_trait]
    impl Private of PrivateTrait {
        fn record(self: @ContractState, model_id: felt252) -> Record {
            let words = self.record_words.read(model_id);
            assert(words != 0, 'ZK0710 model not registered');
            let mut felts: Array<felt252> = array![];
            while felts.len() * RECORD_PACK < words {
                felts.append(self.record_felts.read((model_id, felts.len())));
            };
            parse_record(unpack_record(felts.span(), words))
        }

        /// whose proof it is: made for this chain, this contract, and who calls
        fn require_context(self: @ContractState, context: Span<felt252>) {
            assert(context.len() >= CONTEXT_HEADER && context.len() <= MAX_CONTEXT, 'ZK0711 context length');
            assert(*context.at(0) == get_tx_info().unbox().chain_id, 'ZK0712 context: chain');
            assert(*context.at(1) == get_contract_address().into(), 'ZK0713 context: contract');
            assert(*context.at(2) == get_caller_address().into(), 'ZK0714 context: caller');
        }

        fn store_fact(ref self: ContractState, event: StatementVerified) {
            if !self.facts.read(event.statement) {
                self.facts.write(event.statement, true);
                self.emit(event);
            }
        }

        fn open_session(self: @ContractState, session: felt252) -> Session {
            let found = self.sessions.read(session);
            assert(found.shards != 0 && !found.closed, 'ZK0718 no such session');
            found
        }
    }

    #[abi(embed_v0)]
    impl RegistryImpl of super::IRegistry<ContractState> {
        /// stores a record under the id that it hashes to; registering it again changes nothing
        fn register_model(ref self: ContractState, record: Span<felt252>, words: u32) -> felt252 {
            let unpacked = unpack_record(record, words);
            check_regions(parse_record(unpacked));
            let id = model_id(unpacked);
            if self.record_words.read(id) == 0 {
                let mut index: u32 = 0;
                let mut rest = record;
                loop {
                    match rest.pop_front() {
                        Option::Some(felt) => {
                            self.record_felts.write((id, index), *felt);
                            index += 1;
                        },
                        Option::None => { break; },
                    }
                };
                self.record_words.write(id, words);
                self.emit(ModelRegistered { model_id: id });
            }
            id
        }

        /// verifies a proof and stores its statement's hash; a statement that is a fact already is verified again and changes nothing
        fn verify(
            ref self: ContractState,
            model_id: felt252,
            sizes: ProofSizes,
            inputs: Span<felt252>,
            outputs: Span<felt252>,
            context: Span<felt252>,
            proof: Span<felt252>
        ) -> felt252 {
            self.require_context(context);
            let record = self.record(model_id);
            let statement = make_statement(model_id, record, inputs, outputs, context);
            verify_proof(with_roots(record, statement.roots), statement, sizes, proof);
            let fact = statement_hash(statement);
            let outputs_hash = poseidon_hash_span(outputs);
            self.store_fact(StatementVerified { statement: fact, model_id, caller: get_caller_address(), outputs_hash });
            fact
        }

        /// begins the verification of a proof in several shards; its number is where the transcript is after the base roots
        fn begin(
            ref self: ContractState,
            model_id: felt252,
            shards: Span<Span<u32>>,
            inputs: Span<felt252>,
            outputs: Span<felt252>,
            context: Span<felt252>,
            opening: Span<felt252>
        ) -> felt252 {
            self.require_context(context);
            let record = self.record(model_id);
            let statement = make_statement(model_id, record, inputs, outputs, context);
            let Opening { shards, queries, channel, roots, public } = open_proof(with_roots(record, statement.roots), statement, shards, opening);
            let (session, state_top) = split_state(channel);
            assert(self.sessions.read(session).shards == 0, 'ZK0719 session began already');
            let count = shards.len();
            let fact = statement_hash(statement);
            let begun = Session {
                shards: count,
                queries,
                state_top,
                closed: false,
                model_id,
                statement: fact,
                public: packed_element(public),
                outputs_hash: poseidon_hash_span(outputs),
                caller: get_caller_address(),
            };
            self.sessions.write(session, begun);
            let mut index: u32 = 0;
            while index != count {
                self.expected.write((session, index), shard_digest(*shards.at(index), *roots.at(index)));
                index += 1;
            };
            let mut number: u32 = 0;
            let mut rest = statement.roots;
            loop {
                match rest.pop_front() {
                    Option::Some(root) => {
                        self.roots.write((session, number), *root);
                        number += 1;
                    },
                    Option::None => { break; },
                }
            };
            self.emit(SessionBegun { session, statement: fact });
            session
        }

        /// verifies one shard of a session: that of this number, with the instances and the base root that it began with
        fn shard(
            ref self: ContractState,
            session: felt252,
            index: u32,
            instances: Span<Instance>,
            base_root: felt252,
            proof: Span<felt252>
        ) {
            let begun = self.open_session(session);
            assert(index < begun.shards, 'ZK0332 no such shard');
            assert(self.claimed.read((session, index)) == 0, 'ZK0332 shard is there twice');
            assert(self.expected.read((session, index)) == shard_digest(instances, base_root), 'ZK0332 shard of another proof');
            let record = self.record(begun.model_id);
            let mut roots: Array<felt252> = array![];
            while roots.len() != committed_count(record) {
                roots.append(self.roots.read((session, roots.len())));
            };
            let record = with_roots(record, roots.span());
            let channel = joined_state(session, begun.state_top);
            let total = verify_part(record, channel, begun.queries, index, instances, base_root, proof);
            self.claimed.write((session, index), packed_element(total));
        }

        /// all shards are there and their sums and the public terms cancel: the statement is a fact, and the session is closed
        fn finish(ref self: ContractState, session: felt252) -> felt252 {
            let begun = self.open_session(session);
            let mut total = unpacked_element(begun.public);
            let mut index: u32 = 0;
            while index != begun.shards {
                let claimed = self.claimed.read((session, index));
                assert(claimed != 0, 'ZK0332 a shard is missing');
                total = add(total, unpacked_element(claimed));
                self.claimed.write((session, index), 0);
                self.expected.write((session, index), 0);
                index += 1;
            };
            assert(is_zero(red(total)), 'ZK0210 sum is not zero');
            self.sessions.write(session, Session { closed: true, public: 0, ..begun });
            let Session { statement, model_id, caller, outputs_hash, .. } = begun;
            self.store_fact(StatementVerified { statement, model_id, caller, outputs_hash });
            statement
        }

        /// for each shard of an open session whether it is verified; nothing where there is no such session
        fn session(self: @ContractState, session: felt252) -> Span<bool> {
            let begun = self.sessions.read(session);
            let mut verified: Array<bool> = array![];
            if !begun.closed {
                while verified.len() != begun.shards {
                    verified.append(self.claimed.read((session, verified.len())) != 0);
                };
            }
            verified.span()
        }

        /// what this class is, for who moves from one registry to another: ids of models stay as they are where the AIR hash does
        fn version(self: @ContractState) -> (u32, felt252) {
            (VERSION, digest_felt(air_hash()))
        }

        fn is_registered(self: @ContractState, model_id: felt252) -> bool {
            self.record_words.read(model_id) != 0
        }

        fn is_valid(self: @ContractState, statement: felt252) -> bool {
            self.facts.read(statement)
        }

        fn statement_hash(
            self: @ContractState, model_id: felt252, inputs: Span<felt252>, outputs: Span<felt252>, context: Span<felt252>
        ) -> felt252 {
            statement_hash(make_statement(model_id, self.record(model_id), inputs, outputs, context))
        }

        fn inputs_hash(self: @ContractState, model_id: felt252, inputs: Span<felt252>) -> felt252 {
            let record = self.record(model_id);
            let (words, roots) = tensor_words(record.inputs, inputs);
            inputs_hash(Statement { model_id, inputs: words, outputs: words, roots, context: words })
        }
    }
}
