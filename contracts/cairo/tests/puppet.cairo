// A contract that tests make hostile: a token or a collection whose transfers call back, a registry that says yes to everything, a source of inputs,
// and somebody who calls what he is told to. Caveat: it checks nothing, so a test never asks it whether something is allowed.
use starknet::ContractAddress;
#[starknet::interface]
trait IPuppet<T> {
    fn balance_of(self: @T, account: ContractAddress) -> u256;
    fn transfer(ref self: T, recipient: ContractAddress, amount: u256) -> bool;
    fn transfer_from(ref self: T, sender: ContractAddress, recipient: ContractAddress, amount: u256) -> bool;
    fn owner_of(self: @T, token_id: u256) -> ContractAddress;
    fn mint(ref self: T, account: ContractAddress, amount: u256);
    /// the next transfer makes this call before it returns; as a collection, transfers move a number and no amount
    fn hook(ref self: T, to: ContractAddress, selector: felt252, calldata: Span<felt252>);
    fn call(ref self: T, to: ContractAddress, selector: felt252, calldata: Span<felt252>);
    fn say(ref self: T, inputs: Span<felt252>);
    fn packed_inputs(self: @T) -> Span<felt252>;
    fn version(self: @T) -> (u32, felt252);
    fn is_registered(self: @T, model_id: felt252) -> bool;
    fn statement_hash(self: @T, model_id: felt252, inputs: Span<felt252>, outputs: Span<felt252>, context: Span<felt252>) -> felt252;
    fn is_valid(self: @T, statement: felt252) -> bool;
}

#[starknet::contract]
mod Puppet {
    use starknet::storage::Map;
    use starknet::{ContractAddress, get_caller_address, syscalls::call_contract_syscall, SyscallResultTrait};

    #[storage]
    struct Storage {
        is_collection: bool,
        balances: Map<ContractAddress, u256>,
        owners: Map<u256, ContractAddress>,
        hook_to: ContractAddress,
        hook_selector: felt252,
        hook_felts: Map<u32, felt252>,
        hook_count: u32,
        said: Map<u32, felt252>,
        said_count: u32,
    }

    #[constructor]
    fn constructor(ref self: ContractState, is_collection: bool) {
        self.is_collection.write(is_collection);
    }

    #[generate_trait]
    impl Private of PrivateTrait {
        fn move_tokens(ref self: ContractState, from: ContractAddress, to: ContractAddress, amount: u256) {
            if self.is_collection.read() {
                assert(self.owners.read(amount) == from, 'not his');
                self.owners.write(amount, to);
            } else {
                assert(self.balances.read(from) >= amount, 'too little');
                self.balances.write(from, self.balances.read(from) - amount);
                self.balances.write(to, self.balances.read(to) + amount);
            }
            let hook_to = self.hook_to.read();
            if hook_to.is_non_zero() {
                self.hook_to.write(Zeroable::zero());
                let mut felts: Array<felt252> = array![];
                while felts.len() != self.hook_count.read() {
                    felts.append(self.hook_felts.read(felts.len()));
                };
                call_contract_syscall(hook_to, self.hook_selector.read(), felts.span()).unwrap_syscall();
            }
        }
    }

    #[abi(embed_v0)]
    impl PuppetImpl of super::IPuppet<ContractState> {
        fn balance_of(self: @ContractState, account: ContractAddress) -> u256 {
            self.balances.read(account)
        }

        fn transfer(ref self: ContractState, recipient: ContractAddress, amount: u256) -> bool {
            self.move_tokens(get_caller_address(), recipient, amount);
            true
        }

        fn transfer_from(ref self: ContractState, sender: ContractAddress, recipient: ContractAddress, amount: u256) -> bool {
            self.move_tokens(sender, recipient, amount);
            true
        }

        fn owner_of(self: @ContractState, token_id: u256) -> ContractAddress {
            self.owners.read(token_id)
        }

        fn mint(ref self: ContractState, account: ContractAddress, amount: u256) {
            if self.is_collection.read() {
                self.owners.write(amount, account);
            } else {
                self.balances.write(account, self.balances.read(account) + amount);
            }
        }

        fn hook(ref self: ContractState, to: ContractAddress, selector: felt252, calldata: Span<felt252>) {
            self.hook_to.write(to);
            self.hook_selector.write(selector);
            self.hook_count.write(calldata.len());
            let mut i: u32 = 0;
            while i != calldata.len() {
                self.hook_felts.write(i, *calldata.at(i));
                i += 1;
            };
        }

        fn call(ref self: ContractState, to: ContractAddress, selector: felt252, calldata: Span<felt252>) {
            call_contract_syscall(to, selector, calldata).unwrap_syscall();
        }

        fn say(ref self: ContractState, inputs: Span<felt252>) {
            self.said_count.write(inputs.len());
            let mut i: u32 = 0;
            while i != inputs.len() {
                self.said.write(i, *inputs.at(i));
                i += 1;
            };
        }

        fn packed_inputs(self: @ContractState) -> Span<felt252> {
            let mut felts: Array<felt252> = array![];
            while felts.len() != self.said_count.read() {
                felts.append(self.said.read(felts.len()));
            };
            felts.span()
        }

        fn version(self: @ContractState) -> (u32, felt252) {
            (3, 0)
        }

        fn is_registered(self: @ContractState, model_id: felt252) -> bool {
            true
        }

        fn statement_hash(
            self: @ContractState, model_id: felt252, inputs: Span<felt252>, outputs: Span<felt252>, context: Span<felt252>
        ) -> felt252 {
            1
        }

        fn is_valid(self: @ContractState, statement: felt252) -> bool {
            true
        }
    }
}
