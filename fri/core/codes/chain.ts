// Starknet: codes ZK07. Caveat: codes are stable and never used again for something else; titles and texts may be improved.
import type { CodeTable } from './entry.ts';

export const CHAIN_CODES = {
  ZK0701: {
    kinds: ['chain'],
    title: 'The Starknet node cannot be reached',
    help: 'Check --rpc, and that the node runs and speaks JSON-RPC 0.10.',
  },
  ZK0702: { kinds: ['chain'], title: 'The class is not declared on this chain', help: '`zkvm deploy` without --class declares it.' },
  ZK0703: { kinds: ['chain'], title: 'There is no such contract on this chain', help: 'Check --contract, or deploy one.' },
  ZK0704: {
    kinds: ['chain'],
    title: 'The transaction runs out of gas',
    help: 'Proofs of very large models cost more than a transaction may use; `zkvm estimate` shows it before.',
  },
  ZK0705: {
    kinds: ['chain'],
    title: 'The account cannot pay',
    help: 'The message says what the transaction costs and what the account has. Fund it with STRK.',
  },
  ZK0706: { kinds: ['chain'], title: 'The transaction was not accepted', help: "The node's own reason stands in the message." },
  ZK0707: { kinds: ['chain'], title: 'The account does not accept the signature', help: 'The private key is not that of the account.' },
  ZK0708: {
    kinds: ['chain'],
    title: 'There is no such account on this chain',
    help: 'Check the address, and that the account is deployed.',
  },
  ZK0709: {
    kinds: ['chain'],
    title: 'The contract has no such entry point',
    help: 'The address is of another contract than a registry of this release.',
  },
  ZK0710: { kinds: ['chain'], title: 'The model is not registered', help: '`zkvm register model.zkb` does it, once a model.' },
  ZK0711: {
    kinds: ['chain'],
    title: "The proof's context is not one for the chain",
    help: 'It must be chain id, contract, caller, nonce and what a consumer adds: `zkvm register` prints it.',
  },
  ZK0712: { kinds: ['chain'], title: 'The proof is for another chain', help: 'Run and prove again with a context for this one.' },
  ZK0713: { kinds: ['chain'], title: 'The proof is for another contract', help: 'Run and prove again with a context for this one.' },
  ZK0714: { kinds: ['chain'], title: 'The proof is for another account', help: 'Send it from the account that its context names.' },
  ZK0715: { kinds: ['chain'], title: 'The account has another transaction under way', help: 'Wait until it is accepted, then try again.' },
  ZK0716: {
    kinds: ['chain'],
    title: 'The transaction was not accepted in time',
    help: 'Look it up in a block explorer before you send it again.',
  },
  ZK0717: {
    kinds: ['chain'],
    title: 'The package that talks to Starknet is not installed',
    help: 'It is optional, because only commands that use a chain need it. The message has the command.',
  },
  ZK0718: {
    kinds: ['chain'],
    title: 'The contract has no such open session',
    help: 'It was never begun there, or it is finished. `zkvm verify --chain` begins one where that is needed.',
  },
  ZK0719: {
    kinds: ['chain'],
    title: 'The session began already',
    help: 'A proof in shards is begun once: `zkvm verify --chain` goes on with what is missing.',
  },
  ZK0720: {
    kinds: ['bug'],
    title: 'The Sierra program cannot be read',
    help: "The Cairo compiler's output is of another version than the pinned one.",
  },
  ZK0721: {
    kinds: ['chain'],
    title: 'The Cairo compiler is not installed',
    help: 'It is a development dependency: the message has the command.',
  },
  ZK0722: { kinds: ['bug'], title: 'The Cairo sources do not compile', help: 'Please report it.' },
  ZK0723: {
    kinds: ['chain', 'bug'],
    title: 'The class cannot be compiled to CASM',
    help: 'universal-sierra-compiler is missing (`npm run devnet:install`), or refuses the program: please report that.',
  },
  ZK0724: {
    kinds: ['bug'],
    title: 'The class cannot be declared on Starknet',
    help: 'It is larger than the network takes, or uses a libfunc that is not audited.',
  },
  ZK0725: {
    kinds: ['bug'],
    title: 'A class file of this package is damaged',
    help: 'Install the package again; in a checkout `npm run build:contracts -- --write` makes the files.',
  },
  ZK0730: { kinds: ['usage'], title: 'An entry of a context is no felt', help: 'Entries are below 2^251.' },
  ZK0731: {
    kinds: ['usage'],
    title: "The proof's context is not one for the chain",
    help: '`zkvm register` prints the context to run with.',
  },
  ZK0732: {
    kinds: ['rejected', 'chain'],
    title: 'The contract takes other instances or shards',
    help: 'In one transaction it takes one instance of each chip and a model of one tree, in several 2 to 64 shards. Prove with --profile chain.',
  },
  ZK0733: {
    kinds: ['usage'],
    title: 'The proof is too long for a transaction',
    help: 'Prove in shards (`zkvm prove --memory`), or use a smaller model or input; `zkvm estimate --profile chain` shows the felts before a proof is made.',
  },
  ZK0734: {
    kinds: ['usage'],
    title: 'The model is too large for the contract',
    help: 'The contract has limits of its own; `zkvm verify` without --chain has not.',
  },
  ZK0735: {
    kinds: ['chain'],
    title: 'The contract is no registry that this version knows',
    help: 'Its class is none of contracts/class/known.ts, or not that of --class. Nothing was sent. Check --contract; a class that you know to be sound is taken with --class.',
  },
  ZK0736: {
    kinds: ['chain'],
    title: 'The registry is of an earlier version',
    help: 'Its class is known, and refused; the message says why. `zkvm deploy` makes one of this version.',
  },
  ZK0737: {
    kinds: ['chain'],
    title: 'The statement is no fact after the transaction',
    help: 'The contract took the transaction, but says that the statement is not proven. Ask again with `zkvm fact`.',
  },
  ZK0738: {
    kinds: ['chain'],
    title: 'The Starknet node does not answer in time',
    help: 'Another node may; --rpc-timeout gives this one longer.',
  },
  ZK0739: {
    kinds: ['chain'],
    title: 'The node speaks another version of JSON-RPC',
    help: 'Version 0.10 is needed. Many providers have each version at a path of its own.',
  },
  ZK0740: {
    kinds: ['chain'],
    title: 'A local devnet does not start',
    help: 'It is not installed, the port is taken, or it ended; the message says which.',
  },
  ZK0741: {
    kinds: ['chain'],
    title: 'A tool for the devnet could not be built',
    help: 'Install Rust with cargo, then run `npm run devnet:install` again.',
  },
  ZK0742: {
    kinds: ['chain'],
    title: 'What became of a transaction is not known',
    help: 'It was sent, and the node was gone before it said more. Ask with `zkvm fact` later, or look the transaction up in a block explorer, before you send it again.',
  },
  ZK0743: {
    kinds: ['chain'],
    title: 'Nothing shows that the contract was a registry from its first day',
    help: 'A contract can fill its storage with facts and take the class of a registry afterwards. The address of one that `zkvm deploy` makes says its class; for another one --class says that you trust who deployed it.',
  },
  ZK0744: {
    kinds: ['chain'],
    title: 'There are many registries of this class on the chain already',
    help: 'One registry serves every model: use one of them.',
  },
  ZK0745: {
    kinds: ['chain'],
    title: 'The wallet refused',
    help: 'Its owner did not connect it or did not sign, or it is locked. Nothing was sent; ask again when he wants it.',
  },
  ZK0746: {
    kinds: ['chain'],
    title: 'The wallet is on another chain than the node',
    help: 'Nothing was sent. Switch the network in the wallet (`wallet_switchStarknetChain`), or ask a node of its chain.',
  },
  ZK0747: {
    kinds: ['chain'],
    title: 'The wallet does not answer as one',
    help: "It is taken as starknet.js's `Account` or `WalletAccount`, as get-starknet's window object or as a wallet of the wallet standard. Nothing was sent.",
  },
  ZK0748: {
    kinds: ['usage'],
    title: 'A call has other arguments than its ABI',
    help: 'Names, number and types follow the ABI that was given; declare it `as const`, and TypeScript says so before.',
  },
  ZK0750: {
    kinds: ['chain'],
    title: 'The fact is not proven',
    help: 'The consumer asked the registry for a statement that nobody proved there.',
  },
  ZK0751: { kinds: ['chain'], title: 'The payment failed', help: "The token's transfer was refused." },
  ZK0752: { kinds: ['chain'], title: 'It is claimed already', help: 'An airdrop pays an account once.' },
  ZK0753: { kinds: ['chain'], title: 'The test set is revealed already', help: 'After the reveal no model may enter.' },
  ZK0754: { kinds: ['chain'], title: 'It is not what was committed to', help: 'The revealed test set is not that of the commitment.' },
  ZK0755: {
    kinds: ['chain'],
    title: 'The test set is not revealed yet',
    help: 'Wait for the sponsor; after his deadline the prize is shared.',
  },
  ZK0756: { kinds: ['chain'], title: 'The bounty is paid already', help: 'It pays the first model, and a share once.' },
  ZK0757: {
    kinds: ['chain'],
    title: 'The model did not enter, or was not admitted',
    help: 'Only models whose author entered and that the sponsor admitted before the reveal can win.',
  },
  ZK0758: {
    kinds: ['chain'],
    title: 'The call is about something else',
    help: 'It must be about the inputs of the round, the account or the test set, or about the call that was proposed.',
  },
  ZK0759: {
    kinds: ['chain'],
    title: 'The result is below the bar',
    help: 'The model did not label enough of the test set right, the score is too low, or the price too high.',
  },
  ZK0760: { kinds: ['chain'], title: 'The caller is not the sponsor', help: 'Only the sponsor admits models.' },
  ZK0761: {
    kinds: ['chain'],
    title: 'The caller may not do that',
    help: 'Only the owner, the attester, the guardian or the seller may; the message says which. A consumer without an owner moves nowhere.',
  },
  ZK0762: { kinds: ['chain'], title: 'It is too early', help: 'A round is open, or a delay or deadline is not over yet.' },
  ZK0763: { kinds: ['chain'], title: 'It is too late', help: 'The deadline is over; what is left goes back to who put it there.' },
  ZK0764: {
    kinds: ['chain'],
    title: 'There is nothing of that kind',
    help: 'No open round, answer, proposal in that state, listing, profile or announced move: the message says which.',
  },
  ZK0765: {
    kinds: ['chain'],
    title: 'The attester or the committed record says otherwise',
    help: 'Inputs must be those that were attested, or that the root of the records covers.',
  },
  ZK0766: { kinds: ['chain'], title: 'It is done already', help: 'It happens once.' },
  ZK0767: { kinds: ['chain'], title: 'The caller does not hold the NFT', help: 'The ranking is by NFTs that the buyer holds.' },
  ZK0768: {
    kinds: ['chain'],
    title: 'The consumer does not take these arguments',
    help: 'A list is too long or out of order, a delay too short, or a registry does not know the model.',
  },
} as const satisfies CodeTable;
