// The ABI of the airdrop: `zkvm abi --consumer airdrop --typescript`.
export const AIRDROP_ABI = [
  {"type":"impl","name":"AirdropImpl","interface_name":"astro::IAirdrop"},
  {"type":"struct","name":"core::array::Span::<core::felt252>","members":[{"name":"snapshot","type":"@core::array::Array::<core::felt252>"}]},
  {"type":"struct","name":"core::integer::u256","members":[{"name":"low","type":"core::integer::u128"},{"name":"high","type":"core::integer::u128"}]},
  {"type":"enum","name":"core::bool","variants":[{"name":"False","type":"()"},{"name":"True","type":"()"}]},
  {"type":"interface","name":"astro::IAirdrop","items":[{"type":"function","name":"claim","inputs":[{"name":"inputs","type":"core::array::Span::<core::felt252>"},{"name":"outputs","type":"core::array::Span::<core::felt252>"},{"name":"path","type":"core::array::Span::<core::felt252>"}],"outputs":[{"type":"core::integer::u256"}],"state_mutability":"external"},{"type":"function","name":"claimed","inputs":[{"name":"account","type":"core::starknet::contract_address::ContractAddress"}],"outputs":[{"type":"core::bool"}],"state_mutability":"view"},{"type":"function","name":"reclaim","inputs":[{"name":"token","type":"core::starknet::contract_address::ContractAddress"}],"outputs":[],"state_mutability":"external"}]},
  {"type":"constructor","name":"constructor","inputs":[{"name":"sponsor","type":"core::starknet::contract_address::ContractAddress"},{"name":"registry","type":"core::starknet::contract_address::ContractAddress"},{"name":"model_id","type":"core::felt252"},{"name":"token","type":"core::starknet::contract_address::ContractAddress"},{"name":"unit","type":"core::integer::u256"},{"name":"most","type":"core::integer::u64"},{"name":"root","type":"core::felt252"},{"name":"deadline","type":"core::integer::u64"}]},
  {"type":"event","name":"astro::Airdrop::Event","kind":"enum","variants":[]},
] as const;
