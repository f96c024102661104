// A chain that is played for the page: a node with the registry at its first address, which learns a model and a fact when the wallet sends them. Source:
// test/contracts/client/fake-node.ts. Caveat: it believes every proof; what the contract takes and what it costs is in test/devnet.
import { hash } from 'starknet';
import { CLASS_HASHES } from '../../contracts/class/hashes.ts';
import { STRK_TOKEN } from '../../contracts/client/fees.ts';
import { hex } from '../../contracts/client/node.ts';
import type { WalletQuestion } from '../../contracts/client/wallet.ts';
import { type FakeNode, fakeNode } from '../contracts/client/fake-node.ts';
import { type Answering, REFUSED } from './wallet.ts';

const SEPOLIA = '0x534e5f5345504f4c4941';
export const OWNER = '0x1234';
const TRANSACTION = '0x0777';
const RICH = 200n * 10n ** 18n;

export interface PlayedChain {
  node: FakeNode;
  /** entry points of the calls that the wallet was asked to sign */
  signed: string[];
  wallet: Answering;
  state: { registered: boolean; fact: boolean };
}

type Answers = Readonly<Record<string, unknown>>;
type WalletAnswers = Partial<Record<WalletQuestion['type'], () => unknown>>;

const selector = (name: string): bigint => BigInt(hash.getSelectorFromName(name));
const IS_REGISTERED = selector('is_registered');
const IS_VALID = selector('is_valid');

/**
 * @param instead what the node or the wallet answers otherwise, whether its owner does not want to sign, and whether the node
 * knows nothing of the registry
 */
export async function playedChain(
  state: { registered: boolean; fact: boolean } = { registered: false, fact: false },
  instead: { node?: Answers; wallet?: WalletAnswers; balance?: bigint; refusing?: () => boolean; away?: () => boolean } = {},
): Promise<PlayedChain> {
  const bit = (is: boolean): string[] => [is ? '0x1' : '0x0'];
  const node = await fakeNode({
    starknet_getClassHashAt: hex(CLASS_HASHES.registry.classHash),
    starknet_call: ({ request }: { request: { entry_point_selector: string; contract_address: string } }) => {
      if (BigInt(request.contract_address) === STRK_TOKEN) return [hex(instead.balance ?? RICH), '0x0'];
      if (instead.away?.()) return new Error('it is not here');
      const asked = BigInt(request.entry_point_selector);
      return asked === IS_REGISTERED ? bit(state.registered) : asked === IS_VALID ? bit(state.fact) : new Error('ENTRYPOINT_NOT_FOUND');
    },
    starknet_getEvents: {
      events: [{ keys: ['0x1', '0x2', '0x3', '0x4'], data: ['0x5'], transaction_hash: '0x0666', block_number: 7 }],
    },
    ...instead.node,
  });
  const signed: string[] = [];
  const wallet: Answering = (question) => {
    const other = instead.wallet?.[question.type];
    if (other) return other();
    if (question.type === 'wallet_requestAccounts') return [OWNER];
    if (question.type === 'wallet_requestChainId') return SEPOLIA;
    if (instead.refusing?.()) throw REFUSED;
    for (const { entry_point } of question.params.calls) {
      signed.push(entry_point);
      state.registered ||= entry_point === 'register_model';
      state.fact ||= entry_point === 'verify';
    }
    return { transaction_hash: TRANSACTION };
  };
  return { node, signed, wallet, state };
}
