// Which registry and which model a consumer believes, and who may change that: an owner, after a delay that everybody can watch, or nobody. Both
// are chosen at deployment; an owner of 0 is nobody. Caveat: an owner who moves to a registry of his own decides every answer from then on. The
// delay is there for others to see it and leave, so it is at least a day; what cannot leave in time must not have an owner.
#[starknet::interface]
trait IMoving<T> {
    /// the registry and the model id that count now
    fn believes(self: @T) -> (starknet::ContractAddress, felt252);
    /// says where the consumer will move; registry 0 calls it off
    fn announce_move(ref self: T, registry: starknet::ContractAddress, model_id: felt252);
    /// moves, once the delay is over; anybody
    fn finish_move(ref self: T);
}

#[starknet::component]
mod moving {
    use starknet::{ContractAddress, get_block_timestamp, get_caller_address};
    use super::{IRegistryDispatcher, IRegistryDispatcherTrait};

    const MIN_DELAY: u64 = 86400;
    /// the first registry that says its version
    const MIN_VERSION: u32 = 3;

    #[storage]
    struct Storage {
        registry: ContractAddress,
        model_id: felt252,
        owner: ContractAddress,
        /// seconds between announcement and move
        delay: u64,
        next_registry: ContractAddress,
        next_model_id: felt252,
        moves_at: u64,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    enum Event {
        MoveAnnounced: MoveAnnounced,
        Moved: Moved,
    }

    #[derive(Drop, starknet::Event)]
    struct MoveAnnounced {
        registry: ContractAddress,
        model_id: felt252,
        /// earliest time of the move; nothing moves where the registry is 0
        moves_at: u64,
    }

    #[derive(Drop, starknet::Event)]
    struct Moved {
        registry: ContractAddress,
        model_id: felt252,
    }

    #[embeddable_as(MovingImpl)]
    impl Moving<TContractState, +HasComponent<TContractState>> of super::IMoving<ComponentState<TContractState>> {
        fn believes(self: @ComponentState<TContractState>) -> (ContractAddress, felt252) {
            (self.registry.read(), self.model_id.read())
        }

        fn announce_move(ref self: ComponentState<TContractState>, registry: ContractAddress, model_id: felt252) {
            let owner = self.owner.read();
            assert(owner.is_non_zero() && get_caller_address() == owner, 'ZK0761 not the owner');
            if registry.is_non_zero() {
                let next = IRegistryDispatcher { contract_address: registry };
                let (version, _) = next.version();
                assert(version >= MIN_VERSION && next.is_registered(model_id), 'ZK0768 not a registry for it');
            }
            let moves_at = get_block_timestamp() + self.delay.read();
            self.next_registry.write(registry);
            self.next_model_id.write(model_id);
            self.moves_at.write(moves_at);
            self.emit(MoveAnnounced { registry, model_id, moves_at });
        }

        fn finish_move(ref self: ComponentState<TContractState>) {
            let registry = self.next_registry.read();
            assert(registry.is_non_zero(), 'ZK0764 no move announced');
            assert(get_block_timestamp() >= self.moves_at.read(), 'ZK0762 too early to move');
            let model_id = self.next_model_id.read();
            self.registry.write(registry);
            self.model_id.write(model_id);
            self.next_registry.write(Zeroable::zero());
            self.emit(Moved { registry, model_id });
        }
    }

    #[generate_trait]
    impl Private<TContractState, +HasComponent<TContractState>> of PrivateTrait<TContractState> {
        fn believe(
            ref self: ComponentState<TContractState>, registry: ContractAddress, model_id: felt252, owner: ContractAddress, delay: u64
        ) {
            assert(owner.is_zero() || delay >= MIN_DELAY, 'ZK0768 a delay of a day or more');
            self.registry.write(registry);
            self.model_id.write(model_id);
            self.owner.write(owner);
            self.delay.write(delay);
        }

        /// `require_proven` at the registry and for the model that count now
        fn require(
            self: @ComponentState<TContractState>, inputs: Span<felt252>, outputs: Span<felt252>, nonce: felt252
        ) -> felt252 {
            super::require_proven(self.registry.read(), self.model_id.read(), inputs, outputs, nonce)
        }
    }
}
