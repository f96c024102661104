// Airdrop: pays each account once, as much as a model scored it. Source: DESIGN §10. The score is the model's first output, proven in a
// context with the account's own address, so nobody can claim with another's proof. Caveat: who chooses the inputs chooses the score; a
// real airdrop also has the inputs attested.
#[starknet::interface]
trait IAirdrop<T> {
    /// pays the caller (score · unit) for its proven score; a score of zero or less pays nothing
    fn claim(ref self: T, inputs: Span<felt252>, outputs: Span<felt252>) -> u256;
    fn claimed(self: @T, account: starknet::ContractAddress) -> bool;
}

#[starknet::contract]
mod Airdrop {
    use starknet::storage::Map;
    use starknet::{ContractAddress, get_caller_address};
    use super::{require_proven, elements, pay};

    #[storage]
    struct Storage {
        registry: ContractAddress,
        model_id: felt252,
        token: ContractAddress,
        /// tokens a point of the score
        unit: u256,
        claimed: Map<ContractAddress, bool>,
    }

    #[constructor]
    fn constructor(ref self: ContractState, registry: ContractAddress, model_id: felt252, token: ContractAddress, unit: u256) {
        self.registry.write(registry);
        self.model_id.write(model_id);
        self.token.write(token);
        self.unit.write(unit);
    }

    #[abi(embed_v0)]
    impl AirdropImpl of super::IAirdrop<ContractState> {
        fn claim(ref self: ContractState, inputs: Span<felt252>, outputs: Span<felt252>) -> u256 {
            let account = get_caller_address();
            assert(!self.claimed.read(account), 'ZK0752 already claimed');
            // one claim an account, so the nonce is always 0
            require_proven(self.registry.read(), self.model_id.read(), inputs, outputs, 0);
            self.claimed.write(account, true);
            let score = *elements(outputs, 1).at(0);
            if score <= 0 {
                return 0;
            }
            let score: felt252 = score.into();
            let score: u64 = score.try_into().unwrap();
            let amount = self.unit.read() * score.into();
            pay(self.token.read(), account, amount);
            amount
        }

        fn claimed(self: @ContractState, account: ContractAddress) -> bool {
            self.claimed.read(account)
        }
    }
}
