// The contract: models are registered by their record, a verified statement is a fact. Source: DESIGN §10, AIR.md §9 items 8, 10, 26.
// A context starts with chain id, this contract, the account or contract that calls `verify`, and a nonce, so that a proof made for one of
// them says nothing to another; what follows is the consumer's. Caveat: a fact says that the statement holds, not who may use it.
// Nothing can be changed or paused: there is no owner.
#[starknet::contract]
mod Registry {
    use starknet::storage::Map;
    use starknet::{get_caller_address, get_contract_address, get_tx_info};
    use super::{
        ProofSizes, Record, Statement, parse_record, check_regions, CONTEXT_HEADER, MAX_CONTEXT, model_id, make_statement, tensor_words, statement_hash, inputs_hash, verify_proof, append_felt_words,
    };

    /// u32 words of a record in one felt of calldata and storage
    const RECORD_PACK: u32 = 7;

    #[storage]
    struct Storage {
        /// model id → words of its record
        record_words: Map<felt252, u32>,
        /// model id, index → felt of the record
        record_felts: Map<(felt252, u32), felt252>,
        /// statement hash → verified
        facts: Map<felt252, bool>,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    enum Event {
        ModelRegistered: ModelRegistered,
        StatementVerified: StatementVerified,
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
            assert(context.len() >= CONTEXT_HEADER && context.len() <= MAX_CONTEXT, 'ZK0711 context length');
            assert(*context.at(0) == get_tx_info().unbox().chain_id, 'ZK0712 context: chain');
            assert(*context.at(1) == get_contract_address().into(), 'ZK0713 context: contract');
            assert(*context.at(2) == get_caller_address().into(), 'ZK0714 context: caller');
            let record = self.record(model_id);
            let statement = make_statement(model_id, record, inputs, outputs, context);
            verify_proof(record, statement, sizes, proof);
            let fact = statement_hash(statement);
            if !self.facts.read(fact) {
                self.facts.write(fact, true);
                self.emit(StatementVerified { statement: fact, model_id });
            }
            fact
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
            let words = tensor_words(record.inputs, inputs);
            inputs_hash(Statement { model_id, inputs: words, outputs: words, context: words })
        }
    }
}
