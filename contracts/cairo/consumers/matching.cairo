// Matching: two people match if a model proves that each suits the other, and both consent to these two profiles. Source: DESIGN §10.
// An attester answers for a profile by its hash; nobody's profile is public before he joins with it. Each side proves how the other suits him (own
// profile first, 8 integers a felt) in his own context, whose nonce names the other and both profiles' versions: who joins again has consented to
// nothing. Caveat: profiles, scores and matches are public on the chain; what a profile says is the attester's word.
#[starknet::interface]
trait IMatching<T> {
    /// hash of a profile: Poseidon of account, profile and salt; only the attester
    fn attest(ref self: T, account: starknet::ContractAddress, profile_hash: felt252);
    /// opens the caller's attested profile, 8 elements packed; joining again makes consents of before void, on both sides
    fn join(ref self: T, profile: felt252, salt: felt252);
    /// a proof that the other suits the caller is his consent; whether both are there now
    fn consent(ref self: T, other: starknet::ContractAddress, outputs: Span<felt252>) -> bool;
    /// takes a consent back, as long as it is no match
    fn withdraw(ref self: T, other: starknet::ContractAddress);
    fn matched(self: @T, one: starknet::ContractAddress, other: starknet::ContractAddress) -> bool;
    /// of the proof that the caller of `consent` needs
    fn nonce(self: @T, account: starknet::ContractAddress, other: starknet::ContractAddress) -> felt252;
}

#[starknet::contract]
mod Matching {
    use core::poseidon::poseidon_hash_span;
    use starknet::storage::Map;
    use starknet::{ContractAddress, get_caller_address};
    use super::{elements, moving};

    component!(path: moving, storage: moving, event: MovingEvent);
    #[abi(embed_v0)]
    impl MovingImpl = moving::MovingImpl<ContractState>;
    impl MovingPrivate = moving::Private<ContractState>;

    #[storage]
    struct Storage {
        #[substorage(v0)]
        moving: moving::Storage,
        attester: ContractAddress,
        /// the least score that suits, the model's first output
        bar: felt252,
        attested: Map<ContractAddress, felt252>,
        profiles: Map<ContractAddress, felt252>,
        /// how often an account joined; 0 who never did
        versions: Map<ContractAddress, felt252>,
        /// account, other → the nonce that the account's consent was proven with
        consents: Map<(ContractAddress, ContractAddress), felt252>,
        matches: Map<(ContractAddress, ContractAddress), bool>,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    enum Event {
        #[flat]
        MovingEvent: moving::Event,
        Matched: Matched,
    }

    #[derive(Drop, starknet::Event)]
    struct Matched {
        #[key]
        one: ContractAddress,
        #[key]
        other: ContractAddress,
    }

    #[constructor]
    fn constructor(
        ref self: ContractState,
        registry: ContractAddress,
        model_id: felt252,
        owner: ContractAddress,
        delay: u64,
        attester: ContractAddress,
        bar: felt252
    ) {
        self.moving.believe(registry, model_id, owner, delay);
        self.attester.write(attester);
        self.bar.write(bar);
    }

    #[generate_trait]
    impl Private of PrivateTrait {
        fn nonce_of(self: @ContractState, account: ContractAddress, other: ContractAddress) -> felt252 {
            let (own, others) = (self.versions.read(account), self.versions.read(other));
            assert(own != 0 && others != 0, 'ZK0764 who has not joined');
            poseidon_hash_span(array![account.into(), other.into(), own, others].span())
        }
    }

    #[abi(embed_v0)]
    impl MatchingImpl of super::IMatching<ContractState> {
        fn attest(ref self: ContractState, account: ContractAddress, profile_hash: felt252) {
            assert(get_caller_address() == self.attester.read(), 'ZK0761 not the attester');
            self.attested.write(account, profile_hash);
        }

        fn join(ref self: ContractState, profile: felt252, salt: felt252) {
            let account = get_caller_address();
            let hash = poseidon_hash_span(array![account.into(), profile, salt].span());
            assert(hash == self.attested.read(account), 'ZK0765 not the attested profile');
            self.profiles.write(account, profile);
            self.versions.write(account, self.versions.read(account) + 1);
        }

        fn consent(ref self: ContractState, other: ContractAddress, outputs: Span<felt252>) -> bool {
            let account = get_caller_address();
            assert(account != other, 'ZK0768 two people match');
            assert(!self.matches.read((account, other)), 'ZK0766 matched already');
            let nonce = self.nonce_of(account, other);
            let inputs = array![self.profiles.read(account), self.profiles.read(other)].span();
            self.moving.require(inputs, outputs, nonce);
            let bar: i64 = self.bar.read().try_into().unwrap();
            assert(*elements(outputs, 1).at(0) >= bar, 'ZK0759 below the bar');
            self.consents.write((account, other), nonce);
            let both = self.consents.read((other, account)) == self.nonce_of(other, account);
            if both {
                self.matches.write((account, other), true);
                self.matches.write((other, account), true);
                self.emit(Matched { one: account, other });
            }
            both
        }

        fn withdraw(ref self: ContractState, other: ContractAddress) {
            let account = get_caller_address();
            assert(!self.matches.read((account, other)), 'ZK0766 matched already');
            self.consents.write((account, other), 0);
        }

        fn matched(self: @ContractState, one: ContractAddress, other: ContractAddress) -> bool {
            self.matches.read((one, other))
        }

        fn nonce(self: @ContractState, account: ContractAddress, other: ContractAddress) -> felt252 {
            self.nonce_of(account, other)
        }
    }
}
