// What goes to the contract: a model record packed for `register_model`, a proof file packed for `verify`, and the context that binds a
// proof to a chain, a contract, a caller and a nonce. Source: DESIGN §10, PCS.md §10 (D13). Caveat: how a proof is packed follows from the
// positions that its transcript draws, so a proof file is verified here before it becomes calldata.
import { digestToFelt } from '../../fri/core/digest.ts';
import { usage } from '../../fri/core/errors.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { ProofReader, type ProofSource, type StreamItem, toCalldata } from '../../fri/pcs/stream.ts';
import { TYPE } from '../../vm/chips/machine.ts';
import { ofRunChips, RUN_CHIPS, type RunChipName } from '../../vm/chips/table.ts';
import type { ProofFile } from '../../vm/files/proof.ts';
import { tensorWords } from '../../vm/program/packing.ts';
import type { IntegerTensors, Region } from '../../vm/program/types.ts';
import type { VerifiableModel } from '../../vm/statement/model.ts';
import { type ModelRecord, recordWords } from '../../vm/statement/record.ts';
import { type Expectation, openProof, type Verdict, verifyOpened } from '../../vm/verify.ts';
import {
  ACCOUNT_FELTS,
  CONTEXT_HEADER,
  MAX_CALLDATA,
  MAX_CONTEXT,
  PACK,
  requireChainInstances,
  requireChainRecord,
} from '../class/limits.ts';

const PACK_BITS = 31n;
const RECORD_PACK = 7;
const WORD_BITS = 32n;
const FELT_BYTES = 32;
const FELT_PRIME = 2n ** 251n + 17n * 2n ** 192n + 1n;

function pack(words: ArrayLike<number>, perFelt: number, bits: bigint): bigint[] {
  const felts: bigint[] = [];
  for (let start = 0; start < words.length; start += perFelt) {
    let felt = 0n;
    for (let i = Math.min(start + perFelt, words.length) - 1; i >= start; i--) felt = (felt << bits) | BigInt(words[i]!);
    felts.push(felt);
  }
  return felts;
}

export const list = (felts: readonly bigint[]): bigint[] => [BigInt(felts.length), ...felts];

/** words of a record as calldata of `register_model` */
export const packRecord = (words: readonly number[]): bigint[] => [...list(pack(words, RECORD_PACK, WORD_BITS)), BigInt(words.length)];

/** calldata of `register_model`. @throws usage ZK0734 for a model that is too large for the contract */
export function registerCalldata(record: ModelRecord): bigint[] {
  requireChainRecord(record);
  return packRecord(recordWords(record));
}

/**
 * Who may use a proof, and once: the first felts of every context on the chain; what follows is the consumer's.
 * @example const context: ChainContext = { chainId: chain.chainId, contract, caller: account, nonce: 0n };
 */
export interface ChainContext {
  chainId: bigint;
  /** the registry that verifies */
  contract: bigint;
  /** the account or contract that calls `verify` */
  caller: bigint;
  nonce: bigint;
  extra?: readonly bigint[];
}

/**
 * A context as the bytes that a proof takes in: 32 little-endian bytes a felt.
 * @throws usage ZK0730 for a number that is no felt
 * @example const { proof } = await prover.prove(model, { image }, { profile: 'chain', context: contextBytes({ chainId, contract, caller, nonce: 0n }) });
 */
export function contextBytes({ chainId, contract, caller, nonce, extra = [] }: ChainContext): Uint8Array {
  const felts = [chainId, contract, caller, nonce, ...extra];
  const bytes = new Uint8Array(felts.length * FELT_BYTES);
  for (const [i, felt] of felts.entries()) {
    if (felt < 0n || felt >= FELT_PRIME) throw usage('ZK0730', { what: 'a context entry is no felt', where: `entry ${i}` });
    for (let j = 0; j < FELT_BYTES; j++) bytes[i * FELT_BYTES + j] = Number((felt >> BigInt(8 * j)) & 0xffn);
  }
  return bytes;
}

/** The felts of a context. @throws usage ZK0731 when the bytes are no list of four to 32 felts */
export function contextFelts(bytes: Uint8Array): bigint[] {
  const bad = (why: string): Error =>
    usage('ZK0731', {
      what: "the proof's context is not one for the chain",
      why,
      fix: 'run the model with --context from `zkvm register`: chain id, contract, caller, nonce, 32 little-endian bytes each',
    });
  const count = bytes.length / FELT_BYTES;
  if (!Number.isInteger(count) || count < CONTEXT_HEADER || count > MAX_CONTEXT) throw bad(`${bytes.length} bytes`);
  return Array.from({ length: count }, (_, i) => {
    let felt = 0n;
    for (let j = FELT_BYTES - 1; j >= 0; j--) felt = (felt << 8n) | BigInt(bytes[i * FELT_BYTES + j]!);
    if (felt >= FELT_PRIME) throw bad(`entry ${i} is no felt`);
    return felt;
  });
}

/** Tensors as the contract takes them: 8 elements a felt, each tensor a group. */
export const tensorFelts = (regions: readonly Region[], tensors: IntegerTensors, kind: 'input' | 'output'): bigint[] =>
  tensorWords(regions, tensors, kind).flatMap((words) => pack(words, PACK, PACK_BITS));

/** reads words and notes what they were, so that they can be packed the other way */
export class NotingReader implements ProofSource {
  readonly items: StreamItem[] = [];
  readonly #reader: ProofReader;
  #at = 0;

  constructor(words: Uint32Array) {
    this.#reader = new ProofReader(words);
  }

  #note(kind: StreamItem['kind'], label: string, length: number): void {
    this.items.push({ kind, label, at: this.#at, length });
    this.#at += length;
  }

  felts(label: string, count: number): Uint32Array {
    this.#note('felts', label, count);
    return this.#reader.felts(label, count);
  }

  digest(label: string): Uint32Array {
    this.#note('digest', label, 8);
    return this.#reader.digest(label);
  }

  digestInto(label: string, to: Uint32Array, at: number): void {
    this.#note('digest', label, 8);
    this.#reader.digestInto(label, to, at);
  }

  nonce(label: string): readonly [number, number] {
    this.#note('nonce', label, 2);
    return this.#reader.nonce(label);
  }

  end(): void {
    this.#reader.end();
  }
}

/** The parts of a `verify` call. */
export interface VerifyCall {
  modelId: bigint;
  /** log sizes of the chips that the record does not size */
  logSizes: Readonly<Record<RunChipName, number>>;
  inputs: bigint[];
  outputs: bigint[];
  context: bigint[];
  proof: bigint[];
  /** what each felt of `proof` belongs to, for messages and tests */
  items: StreamItem[];
}

/** calldata of `verify` */
export const flatCalldata = (call: VerifyCall): bigint[] => [
  call.modelId,
  ...RUN_CHIPS.map((name) => BigInt(call.logSizes[name])),
  ...list(call.inputs),
  ...list(call.outputs),
  ...list(call.context),
  ...list(call.proof),
];

/** a proof file's tensors and context as the contract takes them */
export function statementFelts({ program }: VerifiableModel, file: ProofFile): Pick<VerifyCall, 'inputs' | 'outputs' | 'context'> {
  const { inputs, outputs } = program;
  const tensors = (regions: readonly Region[], list: readonly Int32Array[]): IntegerTensors =>
    Object.fromEntries(regions.map(({ name }, i) => [name, list[i]!]));
  return {
    // each input is a group: eight elements a felt, or the root of a committed one
    inputs: inputs.flatMap((region, i) => {
      const input = file.inputs[i]!;
      return 'root' in input ? [digestToFelt(input.root)] : tensorFelts([region], { [region.name]: input }, 'input');
    }),
    outputs: tensorFelts(outputs, tensors(outputs, file.outputs), 'output'),
    context: contextFelts(file.context),
  };
}

/** the call that says what a proof file says, packed and not judged */
export const packCall = (model: VerifiableModel, file: ProofFile, items: StreamItem[]): VerifyCall => ({
  modelId: digestToFelt(model.id),
  logSizes: ofRunChips((name) => file.shards[0]![TYPE[name]]!.logSize),
  ...statementFelts(model, file),
  proof: toCalldata({ words: file.words, items }),
  items,
});

/**
 * The call that proves on the chain what a proof file of one shard says. The proof is verified first.
 * @throws rejected when the proof is none of the `chain` profile for this model; usage ZK0733 when the calldata exceed the network's limit
 */
export function verifyCall(model: VerifiableModel, bytes: Uint8Array, expected: Expectation = {}): { call: VerifyCall; verdict: Verdict } {
  const opened = openProof(bytes, [PROFILES.chain]);
  const { file } = opened;
  const readers: NotingReader[] = [];
  const verdict = verifyOpened(model, opened, expected, (words) => {
    readers.push(new NotingReader(words));
    return readers.at(-1)!;
  });
  requireChainInstances(file);
  const call = packCall(model, file, readers[0]!.items);
  requireCalldata(
    flatCalldata(call),
    'the proof',
    `largest instance 2^${Math.max(...file.shards[0]!.map((i) => i.logSize))} rows, ${call.inputs.length + call.outputs.length} felts of tensors`,
    'prove it in shards (`zkvm prove --memory`), or use a smaller model or a smaller input',
  );
  return { call, verdict };
}

/** how much calldata may shrink with other positions, in per cent of the felts: what is opened twice stands there once */
const DRAWN_PERCENT = 4;

/**
 * @param drawn whether the felts move with the positions that the transcript draws
 * @throws usage ZK0733 for calldata that no transaction takes
 */
export function requireCalldata({ length }: readonly bigint[], what: string, why: string, fix: string, drawn = true): void {
  const most = MAX_CALLDATA - ACCOUNT_FELTS;
  if (length <= most) return;
  const near = drawn && length * (100 - DRAWN_PERCENT) <= 100 * most;
  throw usage('ZK0733', {
    what: `${what} needs ${length} felts of calldata, a transaction takes ${most} besides the ${ACCOUNT_FELTS} of the account`,
    why,
    fix: near ? `prove again with another nonce in the context (\`zkvm register --nonce\`): another one may fit; or ${fix}` : fix,
  });
}
