// Airdrop by participation: pays each account once, as much as a model scored its activity. Source: DESIGN §10. The inputs are the account's own
// leaf in a Merkle tree of activity records whose root stands since deployment, so nobody chooses them; the score is the model's first output. After
// the deadline all that is left goes back to the sponsor. Caveat: who made the tree decides what activity was, and who chose the model, what it
// is worth; both stand before anybody claims, and can be computed again from public history if the sponsor says how.
#[starknet::interface]
trait IAirdrop<T> {
    /// pays the caller (score · unit) for its record; a score of zero or less pays nothing. `path`: its record's neighbours, from the leaf up
    fn claim(ref self: T, inputs: Span<felt252>, outputs: Span<felt252>, path: Span<felt252>) -> u256;
    fn claimed(self: @T, account: starknet::ContractAddress) -> bool;
    /// the whole balance of any token back to the sponsor, once the deadline is over; anybody
    fn reclaim(ref self: T, token: starknet::ContractAddress);
}

#[starknet::contract]
mod Airdrop {
    use core::poseidon::poseidon_hash_span;
    use starknet::storage::Map;
    use starknet::{ContractAddress, get_block_timestamp, get_caller_address};
    use super::{require_proven, elements, pay, balance};

    #[storage]
    struct Storage {
        sponsor: ContractAddress,
        registry: ContractAddress,
        model_id: felt252,
        token: ContractAddress,
        /// tokens a point of the score
        unit: u256,
        /// points that one account is paid at most
        most: u64,
        /// of the tree of activity records
        root: felt252,
        /// the last second in which a claim is taken
        deadline: u64,
        claimed: Map<ContractAddress, bool>,
    }

    #[constructor]
    fn constructor(
        ref self: ContractState,
        sponsor: ContractAddress,
        registry: ContractAddress,
        model_id: felt252,
        token: ContractAddress,
        unit: u256,
        most: u64,
        root: felt252,
        deadline: u64
    ) {
        self.sponsor.write(sponsor);
        self.registry.write(registry);
        self.model_id.write(model_id);
        self.token.write(token);
        self.unit.write(unit);
        self.most.write(most);
        self.root.write(root);
        self.deadline.write(deadline);
    }

    /// the root above an account's record; a leaf is hashed from three felts or more and a node from two, so neither is taken for the other
    fn root_above(account: ContractAddress, record: Span<felt252>, path: Span<felt252>) -> felt252 {
        let mut leaf = array!['zkvm activity', account.into()];
        leaf.append_span(record);
        let mut node = poseidon_hash_span(leaf.span());
        let mut path = path;
        loop {
            match path.pop_front() {
                Option::Some(neighbour) => {
                    let neighbour = *neighbour;
                    let (a, b): (u256, u256) = (node.into(), neighbour.into());
                    node =
                        if a < b {
                            poseidon_hash_span(array![node, neighbour].span())
                        } else {
                            poseidon_hash_span(array![neighbour, node].span())
                        };
                },
                Option::None => { break; },
            }
        };
        node
    }

    #[abi(embed_v0)]
    impl AirdropImpl of super::IAirdrop<ContractState> {
        fn claim(ref self: ContractState, inputs: Span<felt252>, outputs: Span<felt252>, path: Span<felt252>) -> u256 {
            let account = get_caller_address();
            assert(get_block_timestamp() <= self.deadline.read(), 'ZK0763 the deadline is over');
            assert(!self.claimed.read(account), 'ZK0752 already claimed');
            assert(root_above(account, inputs, path) == self.root.read(), 'ZK0765 not the committed record');
            // one claim an account, so the nonce is always 0
            require_proven(self.registry.read(), self.model_id.read(), inputs, outputs, 0);
            self.claimed.write(account, true);
            let score = *elements(outputs, 1).at(0);
            if score <= 0 {
                return 0;
            }
            let score: felt252 = score.into();
            let score: u64 = score.try_into().unwrap();
            let most = self.most.read();
            let points = if score > most {
                most
            } else {
                score
            };
            let amount = self.unit.read() * points.into();
            pay(self.token.read(), account, amount);
            amount
        }

        fn claimed(self: @ContractState, account: ContractAddress) -> bool {
            self.claimed.read(account)
        }

        fn reclaim(ref self: ContractState, token: ContractAddress) {
            assert(get_block_timestamp() > self.deadline.read(), 'ZK0762 before the deadline');
            pay(token, self.sponsor.read(), balance(token));
        }
    }
}
