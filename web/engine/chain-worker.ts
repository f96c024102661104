// The worker that talks to a Starknet node: it alone loads starknet.js, with its first question. Source: the entries `zkvm/starknet` and `zkvm/verifier`.
// Caveat: a wallet that is asked lives in the page, so an answer that never comes leaves the question open until the page takes it back.
import {
  chainName,
  contextBytes,
  firstRegistry,
  isFact,
  type Node,
  openNode,
  originOf,
  quote,
  register,
  requireRegistry,
  type Verification,
  verification,
  verifyAndClaim,
  view,
  type WalletApi,
  walletAddress,
} from 'zkvm/starknet';
import { ModelRecord } from 'zkvm/verifier';
import type { ChainQuestions, ChainTold, Origin } from './chain-questions.ts';
import { detailOf } from './failure.ts';
import { type Answering, host } from './host.ts';

interface Place {
  node: Node;
  registry: bigint;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

let open: Place | undefined;
/** proofs that were made ready, by their statements */
const proofs = new Map<bigint, Verification>();
const waiting = new Map<number, Waiting>();
let numbers = 0;

const place = (): Place => {
  if (!open) throw new Error('no node is open; load the page again');
  return open;
};
const provenOf = (statement: bigint): Verification => {
  const proven = proofs.get(statement);
  if (!proven) throw new Error('the proof is not here; load the page again');
  return proven;
};

/** the wallet that is in the page */
const walletBy = ({ tell, signal }: Answering<ChainTold>): WalletApi => ({
  request: (question) =>
    new Promise((resolve, reject) => {
      const number = numbers++;
      waiting.set(number, { resolve, reject });
      signal.addEventListener('abort', () => waiting.delete(number), { once: true });
      tell({ kind: 'wallet', number, question });
    }),
});

const sentBy = ({ tell }: Answering<ChainTold>) => ({ onSent: (transaction: string) => tell({ kind: 'sent', transaction }) });

async function factOrigin(statement: bigint): Promise<Origin | undefined> {
  const { node, registry } = place();
  if (!(await isFact(node, registry, statement))) return undefined;
  const event = await originOf(node, registry, statement);
  return { transaction: event?.transactionHash, block: event?.blockNumber };
}

host<ChainQuestions>({
  open: async ({ rpc, registry: given }) => {
    const node = await openNode(rpc);
    const registry = given === undefined ? await firstRegistry() : BigInt(given);
    open = { node, registry };
    const card = { chainId: node.chainId, chain: chainName(node.chainId), registry };
    try {
      return { ...card, classHash: await requireRegistry(node, registry), distrust: undefined };
    } catch (error) {
      return { ...card, classHash: undefined, distrust: detailOf(error) };
    }
  },
  connect: (_ask, answering) => walletAddress(place().node, walletBy(answering)),
  registered: async ({ record }) => {
    const { node, registry } = place();
    const modelId = BigInt(`0x${ModelRecord.decode(record).id('chain')}`);
    return (await view(node, { contract: registry, entrypoint: 'is_registered', calldata: [modelId] }))[0] === 1n;
  },
  register: async ({ record }, answering) => {
    const { node, registry } = place();
    return (await register(node, walletBy(answering), ModelRecord.decode(record), registry, sentBy(answering))).receipt;
  },
  context: async ({ caller }) => {
    const { node, registry } = place();
    return contextBytes({ chainId: node.chainId, contract: registry, caller, nonce: 0n });
  },
  ready: async ({ proof, record }) => {
    const proven = await verification(proof, ModelRecord.decode(record), place().registry);
    const { statement, modelId, parts } = proven;
    proofs.clear(); // a page has one proof at a time
    proofs.set(statement, proven);
    return { statement, modelId, parts, origin: await factOrigin(statement) };
  },
  quote: ({ statement }) => quote(place().node, provenOf(statement)),
  send: ({ statement }, answering) => verifyAndClaim(place().node, walletBy(answering), provenOf(statement), [], sentBy(answering)),
  origin: ({ statement }) => factOrigin(statement),
  answer: async ({ number, answer, refused }) => {
    const asked = waiting.get(number);
    waiting.delete(number);
    if (refused) asked?.reject(refused);
    else asked?.resolve(answer);
  },
});
