// What the registry offers, for itself and for the contracts that use a proven answer. Tensors come packed, 8 elements a felt, each tensor
// a group; a context is chain id, registry, caller, nonce and then what the consumer adds. Caveat: views parse the record again at each call.
#[starknet::interface]
trait IRegistry<T> {
    fn register_model(ref self: T, record: Span<felt252>, words: u32) -> felt252;
    fn verify(
        ref self: T,
        model_id: felt252,
        sizes: ProofSizes,
        inputs: Span<felt252>,
        outputs: Span<felt252>,
        context: Span<felt252>,
        proof: Span<felt252>
    ) -> felt252;
    fn begin(
        ref self: T,
        model_id: felt252,
        shards: Span<Span<u32>>,
        inputs: Span<felt252>,
        outputs: Span<felt252>,
        context: Span<felt252>,
        opening: Span<felt252>
    ) -> felt252;
    fn shard(ref self: T, session: felt252, index: u32, instances: Span<Instance>, base_root: felt252, proof: Span<felt252>);
    fn finish(ref self: T, session: felt252) -> felt252;
    fn session(self: @T, session: felt252) -> Span<bool>;
    /// number of the registry's version, hash of the AIR
    fn version(self: @T) -> (u32, felt252);
    fn is_registered(self: @T, model_id: felt252) -> bool;
    fn is_valid(self: @T, statement: felt252) -> bool;
    fn statement_hash(self: @T, model_id: felt252, inputs: Span<felt252>, outputs: Span<felt252>, context: Span<felt252>) -> felt252;
    fn inputs_hash(self: @T, model_id: felt252, inputs: Span<felt252>) -> felt252;
}
