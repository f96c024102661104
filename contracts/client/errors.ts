// What a Starknet node or a contract refuses, as errors with a code, a reason and what to do (exit 7). Source: the node's JSON-RPC errors
// and revert reasons, tried on a devnet. Caveat: nodes word their reasons freely, so they are told apart by patterns; an unknown one is ZK0706.
import { isCodeOf } from '../../fri/core/codes/registry.ts';
import { type CodeOf, ZkvmError } from '../../fri/core/errors.ts';

/** L2 gas of one invoke that the network takes; a proof needs about a third of it */
export const MAX_L2_GAS = 1_100_000_000n;

export const chainError = (code: CodeOf<'chain'>, what: string, why: string, fix: string, cause?: unknown): ZkvmError =>
  new ZkvmError('chain', code, { what, why, fix, ...(cause === undefined ? {} : { cause }) });

/** Short strings in a text of hexadecimal felts: the reasons that Cairo panics with. */
function shortStrings(text: string): string[] {
  const found: string[] = [];
  for (const [, hex] of text.matchAll(/0x([0-9a-f]{4,62})(?![0-9a-f])/gi)) {
    const digits = hex!.length % 2 ? `0${hex}` : hex!;
    const bytes = digits.match(/../g)!.map((pair) => Number.parseInt(pair, 16));
    if (bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) found.push(String.fromCharCode(...bytes));
  }
  return found;
}

/** reasons of the contracts that are no rejection of a proof: what to do about them */
const FIXES: Readonly<Partial<Record<CodeOf<'chain'>, string>>> = {
  ZK0710: 'zkvm register model.zkb --rpc URL --contract ADDRESS',
  ZK0711: 'run the model with a context for the chain: see `zkvm deploy`',
  ZK0712: 'the proof is for another chain: run and prove with a context for this one',
  ZK0713: 'the proof is for another contract: run and prove with a context for this one',
  ZK0714: 'the proof is for another account: send it from the account that its context names',
};

/** The reason of a revert as the first of our codes in it, `ZK0210 sum is not zero`; undefined if there is none. */
export function cairoReason(text: string): { code: CodeOf<'chain'>; reason: string } | undefined {
  for (const candidate of [...shortStrings(text), ...(text.match(/ZK\d{4}[ -~]{0,26}/g) ?? [])]) {
    const match = /(ZK\d{4}) ?([ -&(-~]*)/.exec(candidate);
    if (match && isCodeOf('chain', match[1]!)) return { code: match[1], reason: match[2]!.trim() };
  }
  return undefined;
}

/** what nodes say, told apart by their words: pattern, code, what it means, what to do */
const ANSWERS: readonly (readonly [RegExp, CodeOf<'chain'>, string, string])[] = [
  [
    /^no answer to \w+ within [\d.]+ seconds/,
    'ZK0738',
    'the Starknet node does not answer',
    'try another node, or give this one longer: --rpc-timeout SECONDS (ZKVM_RPC_TIMEOUT)',
  ],
  [
    /fetch failed.*\bbad port\b/i,
    'ZK0701',
    'the Starknet node cannot be reached: its port is one that `fetch` refuses',
    'start the node at another port, or give --rpc another address: this one is kept for another protocol',
  ],
  [
    /fetch failed|ECONNREFUSED|ENOTFOUND|ECONNRESET|ETIMEDOUT|EAI_AGAIN|socket hang up/i,
    'ZK0701',
    'the Starknet node cannot be reached',
    'check --rpc and that the node is running',
  ],
  [
    /class.{0,90}(not declared|not found)|CLASS_HASH_NOT_FOUND|Undeclared/i,
    'ZK0702',
    'the class is not declared on this chain',
    'zkvm deploy without --class',
  ],
  [
    /ENTRYPOINT_NOT_FOUND|entry ?point does not exist/i,
    'ZK0709',
    'the contract has no such entry point',
    'check --contract: it must be a registry that `zkvm deploy` made',
  ],
  [
    /contract not found|CONTRACT_NOT_FOUND|is not deployed/i,
    'ZK0703',
    'there is no such contract on this chain',
    'check --contract, or zkvm deploy',
  ],
  [/invalid signature/i, 'ZK0707', 'the account does not accept the signature', 'check that the private key is the one of the account'],
  [/invalid transaction nonce/i, 'ZK0715', 'the account has another transaction under way', 'wait until it is accepted, then try again'],
  [
    /out of gas|no remaining steps|resources don't cover|insufficient.{0,20}(resources|gas)|exceed.{0,30}(gas|bounds|resources)/i,
    'ZK0704',
    'the transaction runs out of gas',
    `an invoke may use ${MAX_L2_GAS} L2 gas`,
  ],
  [/balance|funds|\b(max_?)?fees?\b/i, 'ZK0705', 'the account cannot pay for the transaction', 'fund the account with STRK'],
  [/./s, 'ZK0706', 'the transaction was not accepted', 'see the reason above'],
];

/** Any failure of a node or contract as a `ZkvmError` with exit code 7. */
export function toChainError(error: unknown, url: string): ZkvmError {
  if (error instanceof ZkvmError) return error;
  const text = messageOf(error);
  const reason = cairoReason(text);
  if (reason)
    return chainError(
      reason.code,
      `the contract refuses: ${reason.reason}`,
      'the transaction was reverted',
      FIXES[reason.code] ?? 'check the same proof with `zkvm verify proof.bin --model model.zkb`',
      error,
    );
  const [, code, what, fix] = ANSWERS.find(([pattern]) => pattern.test(text)) ?? ANSWERS.at(-1)!;
  const why = code === 'ZK0701' ? url : code === 'ZK0738' ? `${url}: ${lastLines(text)}` : lastLines(text);
  return chainError(code, what, why, fix, error);
}

/** where a node says the reason: a revert is told outermost call first */
const lastLines = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(-300);

/** What a node answered, without the request that starknet.js repeats in its message (thousands of felts, which may look like anything). */
function messageOf(error: unknown): string {
  const answer = (error as { baseError?: unknown }).baseError;
  if (answer) return JSON.stringify(answer);
  if (!(error instanceof Error)) return String(error);
  return `${error.message} ${String(error.cause ?? '')}`;
}
