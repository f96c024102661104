// For contracts that act on what a model computed, proven with zkvm and verified by its registry. Source: contracts/cairo, of which `registry`, `proven`
// and `numbers` are generated (npm run gen). Caveat: a fact says that the model gave these outputs on these inputs; where the inputs come from is yours to ask.
pub mod registry;
pub mod numbers;
pub mod packing;
pub mod context;
pub mod proven;
pub mod inference;
pub mod mock;
