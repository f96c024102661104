// Oracle: a contract that acts on a model's answer only if the answer is proven for the round that is open now. Source: DESIGN §10.
// Caveat: it binds who asks and when, not where the inputs come from; a real oracle also wants them signed.
#[starknet::interface]
trait IOracle<T> {
    /// takes the proven answer for the open round and closes the round; the class with the largest output
    fn update(ref self: T, inputs: Span<felt252>, outputs: Span<felt252>) -> u32;
    fn round(self: @T) -> felt252;
    fn answer(self: @T) -> u32;
}

#[starknet::contract]
mod Oracle {
    use starknet::ContractAddress;
    use super::{require_proven, elements, argmax};

    #[storage]
    struct Storage {
        registry: ContractAddress,
        model_id: felt252,
        /// number of classes of the model
        classes: u32,
        /// the nonce that the next proof's context must have
        round: felt252,
        answer: u32,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    enum Event {
        Answered: Answered,
    }

    #[derive(Drop, starknet::Event)]
    struct Answered {
        #[key]
        round: felt252,
        answer: u32,
        statement: felt252,
    }

    #[constructor]
    fn constructor(ref self: ContractState, registry: ContractAddress, model_id: felt252, classes: u32) {
        self.registry.write(registry);
        self.model_id.write(model_id);
        self.classes.write(classes);
        self.round.write(1);
    }

    #[abi(embed_v0)]
    impl OracleImpl of super::IOracle<ContractState> {
        fn update(ref self: ContractState, inputs: Span<felt252>, outputs: Span<felt252>) -> u32 {
            let round = self.round.read();
            let statement = require_proven(self.registry.read(), self.model_id.read(), inputs, outputs, round);
            let answer = argmax(elements(outputs, self.classes.read()).span());
            self.round.write(round + 1);
            self.answer.write(answer);
            self.emit(Answered { round, answer, statement });
            answer
        }

        fn round(self: @ContractState) -> felt252 {
            self.round.read()
        }

        fn answer(self: @ContractState) -> u32 {
            self.answer.read()
        }
    }
}
