// What the page asks the worker that talks to a Starknet node, and what that asks of the page: the wallet is an object of the window, so its questions cross
// over. Source: the entry `zkvm/starknet`. Caveat: types only; a proof stays in the worker once it was made ready to be sent.
import type { CalldataPart, Quote, Receipt, WalletQuestion } from 'zkvm/starknet';
import type { FailureDetail } from './failure.ts';
import type { Question } from './questions.ts';

export interface NetworkCard {
  chainId: bigint;
  /** as people know it */
  chain: string;
  registry: bigint;
  /** of the registry, where it may be believed */
  classHash: bigint | undefined;
  /** why it may not */
  distrust: FailureDetail | undefined;
}

/** By which transaction a statement became a fact. */
export interface Origin {
  /** undefined where the node has no event of it */
  transaction: string | undefined;
  block: number | undefined;
}

/** A proof as the registry takes it. */
export interface ReadyProof {
  statement: bigint;
  modelId: bigint;
  parts: readonly CalldataPart[];
  /** where the statement is a fact already */
  origin: Origin | undefined;
}

/** what a wallet threw, as far as the library looks at it */
export interface WalletRefusal {
  message: string;
  code: number | undefined;
}

/** what the worker says while it answers */
export type ChainTold = { kind: 'wallet'; number: number; question: WalletQuestion } | { kind: 'sent'; transaction: string };

export interface ChainQuestions {
  open: Question<{ rpc: string; registry: string | undefined }, NetworkCard>;
  /** the account that the wallet signs for */
  connect: Question<undefined, bigint, ChainTold>;
  registered: Question<{ record: Uint8Array }, boolean>;
  /** undefined where the model was registered before */
  register: Question<{ record: Uint8Array }, Receipt | undefined, ChainTold>;
  /** what a proof of this caller is bound to */
  context: Question<{ caller: bigint }, Uint8Array>;
  ready: Question<{ proof: Uint8Array; record: Uint8Array }, ReadyProof>;
  quote: Question<{ statement: bigint }, Quote>;
  /** undefined where the statement was a fact before */
  send: Question<{ statement: bigint }, Receipt | undefined, ChainTold>;
  origin: Question<{ statement: bigint }, Origin | undefined>;
  /** what the wallet answered */
  answer: Question<{ number: number; answer: unknown; refused: WalletRefusal | undefined }, undefined>;
}
