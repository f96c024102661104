// NFT market: a buyer's ranking of what is for sale, by a proven recommender on the NFTs that he holds; the one that fits him best he buys without
// the fee. Source: DESIGN §10. Inputs are embeddings of 8 integers, a felt each, which an attester wrote down once for each NFT, and the contract puts
// them together itself: those that the buyer holds, then those for sale. Caveat: the attester decides what an NFT looks like to the model;
// and who holds an NFT for one transaction holds it here too, so a ranking is worth a fee and not the treasury.
#[starknet::interface]
trait IMarket<T> {
    /// what the model sees of an NFT: 8 elements packed; only the attester, once an NFT
    fn attest(ref self: T, id: felt252, embedding: felt252);
    /// puts an NFT up for sale, into the market's hands
    fn list(ref self: T, id: felt252, price: u256);
    /// takes it back; only the seller
    fn unlist(ref self: T, id: felt252);
    /// a proof of the caller's next nonce ranks four NFTs for sale by three that he holds, each list in rising order; the best one
    fn recommend(ref self: T, held: Span<felt252>, candidates: Span<felt252>, outputs: Span<felt252>) -> felt252;
    /// pays the seller, and the fee unless it was recommended; not more than `price`
    fn buy(ref self: T, id: felt252, price: u256);
    fn nonce(self: @T, buyer: starknet::ContractAddress) -> felt252;
}

#[starknet::interface]
trait INft<T> {
    fn owner_of(self: @T, token_id: u256) -> starknet::ContractAddress;
    fn transfer_from(ref self: T, from: starknet::ContractAddress, to: starknet::ContractAddress, token_id: u256);
}

#[starknet::contract]
mod Market {
    use starknet::storage::Map;
    use starknet::{ContractAddress, get_caller_address, get_contract_address};
    use super::{elements, argmax, moving, take, INftDispatcher, INftDispatcherTrait};

    component!(path: moving, storage: moving, event: MovingEvent);
    #[abi(embed_v0)]
    impl MovingImpl = moving::MovingImpl<ContractState>;
    impl MovingPrivate = moving::Private<ContractState>;

    /// what the model's input has room for
    const HELD: u32 = 3;
    const CANDIDATES: u32 = 4;

    #[storage]
    struct Storage {
        #[substorage(v0)]
        moving: moving::Storage,
        attester: ContractAddress,
        nft: ContractAddress,
        token: ContractAddress,
        /// who gets the fee
        treasury: ContractAddress,
        /// in ten-thousandths of the price
        fee: u256,
        embeddings: Map<felt252, felt252>,
        sellers: Map<felt252, ContractAddress>,
        prices: Map<felt252, u256>,
        nonces: Map<ContractAddress, felt252>,
        /// buyer → the NFT that was recommended last, and one more than its number, so that 0 is none
        best: Map<ContractAddress, felt252>,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    enum Event {
        #[flat]
        MovingEvent: moving::Event,
        Recommended: Recommended,
        Sold: Sold,
    }

    #[derive(Drop, starknet::Event)]
    struct Recommended {
        #[key]
        buyer: ContractAddress,
        id: felt252,
        statement: felt252,
    }

    #[derive(Drop, starknet::Event)]
    struct Sold {
        #[key]
        buyer: ContractAddress,
        id: felt252,
        price: u256,
        fee: u256,
    }

    #[constructor]
    fn constructor(
        ref self: ContractState,
        registry: ContractAddress,
        model_id: felt252,
        owner: ContractAddress,
        delay: u64,
        attester: ContractAddress,
        nft: ContractAddress,
        token: ContractAddress,
        treasury: ContractAddress,
        fee: u256
    ) {
        self.moving.believe(registry, model_id, owner, delay);
        self.attester.write(attester);
        self.nft.write(nft);
        self.token.write(token);
        self.treasury.write(treasury);
        self.fee.write(fee);
    }

    #[generate_trait]
    impl Private of PrivateTrait {
        fn nft_contract(self: @ContractState) -> INftDispatcher {
            INftDispatcher { contract_address: self.nft.read() }
        }

        /// appends the embedding of each NFT, all of whom this account must own or have for sale here
        fn append_embeddings(
            self: @ContractState, ref inputs: Array<felt252>, ids: Span<felt252>, count: u32, holder: ContractAddress
        ) {
            assert(ids.len() == count, 'ZK0768 number of NFTs');
            let nft = self.nft_contract();
            let mut i: u32 = 0;
            while i != count {
                let id: felt252 = *ids.at(i);
                let number: u256 = id.into();
                assert(i == 0 || (*ids.at(i - 1)).into() < number, 'ZK0768 NFTs not in rising order');
                if holder == get_contract_address() {
                    assert(self.sellers.read(id).is_non_zero(), 'ZK0764 not for sale');
                } else {
                    assert(nft.owner_of(number) == holder, 'ZK0767 not the holder');
                }
                let embedding = self.embeddings.read(id);
                assert(embedding != 0, 'ZK0765 no attested metadata');
                inputs.append(embedding);
                i += 1;
            };
        }
    }

    #[abi(embed_v0)]
    impl MarketImpl of super::IMarket<ContractState> {
        fn attest(ref self: ContractState, id: felt252, embedding: felt252) {
            assert(get_caller_address() == self.attester.read(), 'ZK0761 not the attester');
            assert(self.embeddings.read(id) == 0, 'ZK0766 attested already');
            self.embeddings.write(id, embedding);
        }

        fn list(ref self: ContractState, id: felt252, price: u256) {
            let seller = get_caller_address();
            self.sellers.write(id, seller);
            self.prices.write(id, price);
            self.nft_contract().transfer_from(seller, get_contract_address(), id.into());
        }

        fn unlist(ref self: ContractState, id: felt252) {
            let seller = get_caller_address();
            assert(self.sellers.read(id) == seller, 'ZK0761 not the seller');
            self.sellers.write(id, Zeroable::zero());
            self.nft_contract().transfer_from(get_contract_address(), seller, id.into());
        }

        fn recommend(
            ref self: ContractState, held: Span<felt252>, candidates: Span<felt252>, outputs: Span<felt252>
        ) -> felt252 {
            let buyer = get_caller_address();
            let mut inputs: Array<felt252> = array![];
            self.append_embeddings(ref inputs, held, HELD, buyer);
            self.append_embeddings(ref inputs, candidates, CANDIDATES, get_contract_address());
            let nonce = self.nonces.read(buyer);
            let statement = self.moving.require(inputs.span(), outputs, nonce);
            self.nonces.write(buyer, nonce + 1);
            let id = *candidates.at(argmax(elements(outputs, CANDIDATES).span()));
            self.best.write(buyer, id + 1);
            self.emit(Recommended { buyer, id, statement });
            id
        }

        fn buy(ref self: ContractState, id: felt252, price: u256) {
            let (buyer, seller, asked) = (get_caller_address(), self.sellers.read(id), self.prices.read(id));
            assert(seller.is_non_zero(), 'ZK0764 not for sale');
            assert(asked <= price, 'ZK0759 dearer than that');
            let fee = if self.best.read(buyer) == id + 1 {
                0
            } else {
                asked * self.fee.read() / 10000
            };
            // before the payments, which may call back
            self.sellers.write(id, Zeroable::zero());
            self.best.write(buyer, 0);
            self.emit(Sold { buyer, id, price: asked, fee });
            let token = self.token.read();
            take(token, buyer, seller, asked);
            take(token, buyer, self.treasury.read(), fee);
            self.nft_contract().transfer_from(get_contract_address(), buyer, id.into());
        }

        fn nonce(self: @ContractState, buyer: ContractAddress) -> felt252 {
            self.nonces.read(buyer)
        }
    }
}
