// Bounty: pays the author of the first model whose proven accuracy on a committed test set passes a bar. Source: DESIGN §10.
// An author enters with a proof of the model on any inputs, in a context of his own: who can prove has the file, so he enters before he hands it
// to the sponsor, and the prize goes to him whoever claims it. The sponsor commits to the test set at deployment, runs `zkvm audit` on each file
// and admits its id (another program may prove several outputs for one input, and no contract sees the program), then publishes the set; if he
// does not, the prize belongs to the admitted authors in equal shares. One proof covers the whole set: the model's batch, and its integer inputs.
// Caveat: the sponsor knows the test set from the start, so an accomplice of his may win or share; whom he
// admits is his choice; and a set whose labels no model can give pays nobody: an author sees it only when it is published.
#[starknet::interface]
trait IBounty<T> {
    /// the caller is this model's author: its first proof in this contract's context, nonce 0
    fn enter(ref self: T, model_id: felt252, inputs: Span<felt252>, outputs: Span<felt252>);
    /// a model that entered may win; only from the sponsor, before the reveal
    fn admit(ref self: T, model_id: felt252);
    /// opens the commitment, Poseidon of salt, number of labels, labels and packed inputs, which are public from then on
    fn reveal(ref self: T, salt: felt252, labels: Span<felt252>, inputs: Span<felt252>);
    /// pays the whole balance to the author for a proof of nonce 1 that his model labels at least `bar` samples right; their number
    fn claim(ref self: T, model_id: felt252, inputs: Span<felt252>, outputs: Span<felt252>) -> u32;
    fn take_share(ref self: T, model_id: felt252);
    /// the whole balance of any token back to the sponsor, when nobody can claim any more
    fn refund(ref self: T, token: starknet::ContractAddress);
    fn author(self: @T, model_id: felt252) -> starknet::ContractAddress;
}

#[starknet::contract]
mod Bounty {
    use core::poseidon::poseidon_hash_span;
    use starknet::storage::Map;
    use starknet::{ContractAddress, get_block_timestamp, get_caller_address};
    use super::{require_proven, elements, argmax, pay, balance};

    #[storage]
    struct Storage {
        sponsor: ContractAddress,
        registry: ContractAddress,
        token: ContractAddress,
        commitment: felt252,
        classes: u32,
        bar: u32,
        /// until then models enter and the set is revealed
        reveal_by: u64,
        /// until then the prize is claimed, or shares are taken
        claim_by: u64,
        authors: Map<felt252, ContractAddress>,
        admitted: Map<felt252, bool>,
        admissions: u32,
        revealed: bool,
        inputs_hash: felt252,
        samples: u32,
        labels: Map<u32, felt252>,
        paid: bool,
        /// what a share is, set when the first one is taken
        share: u256,
        shared: Map<felt252, bool>,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    enum Event {
        Entered: Entered,
        Paid: Paid,
    }

    #[derive(Drop, starknet::Event)]
    struct Entered {
        #[key]
        model_id: felt252,
        author: ContractAddress,
    }

    #[derive(Drop, starknet::Event)]
    struct Paid {
        #[key]
        model_id: felt252,
        author: ContractAddress,
        amount: u256,
    }

    #[constructor]
    fn constructor(
        ref self: ContractState,
        sponsor: ContractAddress,
        registry: ContractAddress,
        token: ContractAddress,
        commitment: felt252,
        classes: u32,
        bar: u32,
        reveal_by: u64,
        claim_by: u64
    ) {
        assert(reveal_by < claim_by, 'ZK0768 deadlines out of order');
        self.sponsor.write(sponsor);
        self.registry.write(registry);
        self.token.write(token);
        self.commitment.write(commitment);
        self.classes.write(classes);
        self.bar.write(bar);
        self.reveal_by.write(reveal_by);
        self.claim_by.write(claim_by);
    }

    #[generate_trait]
    impl Private of PrivateTrait {
        fn require_unrevealed(self: @ContractState) {
            assert(!self.revealed.read(), 'ZK0753 already revealed');
            assert(get_block_timestamp() < self.reveal_by.read(), 'ZK0763 too late to reveal');
        }

        fn pay_author(ref self: ContractState, model_id: felt252, amount: u256) {
            let author = self.authors.read(model_id);
            self.emit(Paid { model_id, author, amount });
            pay(self.token.read(), author, amount);
        }
    }

    #[abi(embed_v0)]
    impl BountyImpl of super::IBounty<ContractState> {
        fn enter(ref self: ContractState, model_id: felt252, inputs: Span<felt252>, outputs: Span<felt252>) {
            self.require_unrevealed();
            assert(self.authors.read(model_id).is_zero(), 'ZK0766 entered already');
            require_proven(self.registry.read(), model_id, inputs, outputs, 0);
            let author = get_caller_address();
            self.authors.write(model_id, author);
            self.emit(Entered { model_id, author });
        }

        fn admit(ref self: ContractState, model_id: felt252) {
            assert(get_caller_address() == self.sponsor.read(), 'ZK0760 not the sponsor');
            self.require_unrevealed();
            assert(self.authors.read(model_id).is_non_zero(), 'ZK0757 model did not enter');
            assert(!self.admitted.read(model_id), 'ZK0766 admitted already');
            self.admitted.write(model_id, true);
            self.admissions.write(self.admissions.read() + 1);
        }

        fn reveal(ref self: ContractState, salt: felt252, labels: Span<felt252>, inputs: Span<felt252>) {
            self.require_unrevealed();
            let mut opening = array![salt, labels.len().into()];
            opening.append_span(labels);
            opening.append_span(inputs);
            assert(poseidon_hash_span(opening.span()) == self.commitment.read(), 'ZK0754 not the commitment');
            self.revealed.write(true);
            self.inputs_hash.write(poseidon_hash_span(inputs));
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
            assert(get_block_timestamp() < self.claim_by.read(), 'ZK0763 too late to claim');
            assert(self.admitted.read(model_id), 'ZK0757 model was not admitted');
            assert(poseidon_hash_span(inputs) == self.inputs_hash.read(), 'ZK0758 other inputs');
            require_proven(self.registry.read(), model_id, inputs, outputs, 1);
            let (classes, samples) = (self.classes.read(), self.samples.read());
            let numbers = elements(outputs, classes * samples);
            let mut right: u32 = 0;
            let mut i: u32 = 0;
            while i != samples {
                let label = argmax(numbers.span().slice(i * classes, classes));
                if self.labels.read(i) == label.into() {
                    right += 1;
                }
                i += 1;
            };
            assert(right >= self.bar.read(), 'ZK0759 below the bar');
            self.paid.write(true);
            self.pay_author(model_id, balance(self.token.read()));
            right
        }

        fn take_share(ref self: ContractState, model_id: felt252) {
            let now = get_block_timestamp();
            assert(now >= self.reveal_by.read() && !self.revealed.read(), 'ZK0762 nothing to share');
            assert(now < self.claim_by.read(), 'ZK0763 too late for a share');
            assert(self.admitted.read(model_id), 'ZK0757 model was not admitted');
            assert(!self.shared.read(model_id), 'ZK0756 already paid');
            self.shared.write(model_id, true);
            if self.share.read() == 0 {
                self.share.write(balance(self.token.read()) / self.admissions.read().into());
            }
            self.pay_author(model_id, self.share.read());
        }

        fn refund(ref self: ContractState, token: ContractAddress) {
            let now = get_block_timestamp();
            let nobody = now >= self.reveal_by.read() && !self.revealed.read() && self.admissions.read() == 0;
            assert(nobody || now >= self.claim_by.read(), 'ZK0762 too early for a refund');
            pay(token, self.sponsor.read(), balance(token));
        }

        fn author(self: @ContractState, model_id: felt252) -> ContractAddress {
            self.authors.read(model_id)
        }
    }
}
