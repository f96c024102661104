// What TypeScript says about calldata of the registry: the law that the contract is held against, verdict by verdict.
// Caveat: it reads calldata as the contract's interface declares them and leaves every judgement to loader, instance rule and verifier.

import { airHash } from '../../air/machine.ts';
import { verify } from '../../air/verify.ts';
import {
  CONTEXT_HEADER,
  MAX_CHAIN_LOG_SIZE,
  MAX_CONTEXT,
  requireChainInstances,
  requireChainRecord,
} from '../../contracts/class/limits.ts';
import { contextBytes } from '../../contracts/client/calldata.ts';
import { digestEqual, isDigest } from '../../fri/core/digest.ts';
import { type CodeOf, ZkvmError } from '../../fri/core/errors.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { CalldataReader } from '../../fri/pcs/stream.ts';
import { instanceOf, MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { MAX_PIECES } from '../../vm/chips/pages.ts';
import { type ChipName, PROGRAM_CHIPS, RUN_CHIPS } from '../../vm/chips/table.ts';
import { toSigned } from '../../vm/program/isa.ts';
import { checkProgram } from '../../vm/program/loader.ts';
import { checkTensor, elementCount, tensorWords } from '../../vm/program/packing.ts';
import type { IntegerTensors, Program, Region } from '../../vm/program/types.ts';
import { publicTerms } from '../../vm/statement/claim.ts';
import { type ModelRecord, recordWords } from '../../vm/statement/record.ts';
import { treeOf } from '../vm/one-tree.ts';

/** Calldata that the contract's interface cannot read: neither side gives it a code of its own, the command line says ZK0706. */
export const MALFORMED = 'ZK0706';
export const ACCEPTED = 'accepted';

/** what the contract refuses */
const rejected = (code: CodeOf<'chain'>, what: string): Error => new ZkvmError('chain', code, { what });
const malformed = (): Error => rejected(MALFORMED, 'malformed calldata');

/** Runs a check; its code, or `accepted`. */
function codeOf(check: () => void): string {
  try {
    check();
    return ACCEPTED;
  } catch (error) {
    if (error instanceof ZkvmError && error.kind !== 'bug') return error.code;
    throw error;
  }
}

/** the arguments of an entry point, in order */
class Arguments {
  readonly #felts: readonly bigint[];
  #at = 0;
  constructor(felts: readonly bigint[]) {
    this.#felts = felts;
  }
  felt(): bigint {
    const felt = this.#felts[this.#at++];
    if (felt === undefined) throw malformed();
    return felt;
  }
  word(): number {
    const felt = this.felt();
    if (felt >= 2n ** 32n) throw malformed();
    return Number(felt);
  }
  list(): bigint[] {
    const length = this.word();
    if (length > this.#felts.length - this.#at) throw malformed();
    return Array.from({ length }, () => this.felt());
  }
  end(): void {
    if (this.#at !== this.#felts.length) throw malformed();
  }
}

/** Who is asked, by whom, and which models are registered there. */
export interface Ledger {
  chainId: bigint;
  contract: bigint;
  caller: bigint;
  models: ReadonlyMap<bigint, { id: Uint32Array; record: ModelRecord }>;
}

/** tensors from groups of packed elements, each in its range */
function readTensors(regions: readonly Region[], felts: readonly bigint[], kind: 'input' | 'output'): IntegerTensors {
  const reader = new CalldataReader(felts);
  const tensors: IntegerTensors = {};
  for (const region of regions) {
    tensors[region.name] = Int32Array.from(reader.felts(region.name, elementCount(region)), toSigned);
    checkTensor(region, tensors[region.name], kind);
  }
  try {
    reader.end();
  } catch {
    throw rejected('ZK0320', `${kind}s are too long`);
  }
  return tensors;
}

/** the code that TypeScript refuses calldata of `verify` with, or `accepted` */
export const lawOfVerify = (calldata: readonly bigint[], { chainId, contract, caller, models }: Ledger): string =>
  codeOf(() => {
    const args = new Arguments(calldata);
    const modelId = args.felt();
    const sizes = new Map<ChipName, number>(RUN_CHIPS.map((name) => [name, args.word()]));
    const [inputFelts, outputFelts, context, proof] = [args.list(), args.list(), args.list(), args.list()];
    args.end();
    if (context.length < CONTEXT_HEADER || context.length > MAX_CONTEXT) throw rejected('ZK0711', 'context length');
    const bound = [
      ['ZK0712', chainId],
      ['ZK0713', contract],
      ['ZK0714', caller],
    ] as const;
    for (const [i, [code, own]] of bound.entries()) if (context[i] !== own) throw rejected(code, 'the context is for somebody else');
    const model = models.get(modelId);
    if (!model) throw rejected('ZK0710', 'model not registered');
    const { record } = model;
    const inputs = readTensors(record.inputs, inputFelts, 'input');
    const outputs = readTensors(record.outputs, outputFelts, 'output');
    const instances = [
      ...RUN_CHIPS.map((name) => instanceOf(TYPE[name], sizes.get(name)!)),
      ...record.trees[0]!.instances.map(({ type, logSize, base }) => ({ ...instanceOf(type, logSize), base })),
    ];
    if (instances.some(({ logSize }) => logSize < 1 || logSize > MAX_CHAIN_LOG_SIZE)) throw rejected('ZK0350', 'instance size');
    requireChainInstances({ shards: [instances] });
    const statement = {
      modelId: model.id,
      preprocessedRoots: [record.trees[0]!.root],
      inputs: tensorWords(record.inputs, inputs, 'input'),
      outputs: tensorWords(record.outputs, outputs, 'output'),
      context: contextBytes({ chainId, contract, caller, nonce: context[3]!, extra: context.slice(4) }),
    };
    const terms = publicTerms({ inputs: [...record.inputs], outputs: [...record.outputs] }, inputs, outputs);
    verify({ machine: MACHINE, profile: PROFILES.chain, statement, instances, publicTerms: terms }, new CalldataReader(proof));
  });

/** the record that these words spell, by name of the regions that they have no names for */
function readRecord(words: readonly number[]): ModelRecord {
  let at = 0;
  const next = (): number => {
    const word = words[at++];
    if (word === undefined) throw rejected('ZK0301', 'record too short');
    return word;
  };
  const take = (count: number): number[] => Array.from({ length: count }, next);
  const digest = (): Uint32Array => Uint32Array.from(take(8));
  const regions = (): Region[] => {
    const count = next();
    if (count > words.length) throw rejected('ZK0301', 'too many regions');
    return Array.from({ length: count }, (_, i) => {
      next();
      const address = next();
      const rank = next();
      if (rank > words.length) throw rejected('ZK0301', 'too many axes');
      const shape = take(rank);
      const [channels, rows, width, channelStep, rowStep, s0, s1, s2, lo, hi] = take(10) as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      const steps = { channels, rows, width, channelStep, rowStep, strides: [s0, s1, s2] as [number, number, number] };
      return { name: `region ${i}`, shape, address, ...steps, lo: toSigned(lo), hi: toSigned(hi), scale: 1 };
    });
  };
  take(4);
  const hash = digest();
  take(3);
  next();
  const preprocessedRoot = digest();
  const preprocessedLogSize = next();
  const instances = Array.from({ length: next() / 3 }, () => {
    const [type, logSize, base] = [next(), next(), next()];
    return { type, logSize, base };
  });
  const inputs = regions();
  const outputs = regions();
  next();
  return {
    airHash: hash,
    profile: PROFILES.chain,
    trees: [{ root: preprocessedRoot, logSize: preprocessedLogSize, instances }],
    inputs,
    outputs,
    metadataHash: digest(),
  };
}

const RECORD_PACK = 7;

/** the words of `register_model`'s calldata */
function recordOf(calldata: readonly bigint[]): ModelRecord {
  const args = new Arguments(calldata);
  const felts = args.list();
  const count = args.word();
  args.end();
  const unpacked = felts.flatMap((felt) => Array.from({ length: 8 }, (_, i) => Number((felt >> BigInt(32 * i)) & 0xffffffffn)));
  const words = unpacked.filter((_, i) => i % 8 < RECORD_PACK);
  if (
    Math.ceil(count / RECORD_PACK) !== felts.length ||
    words.slice(count).some((word) => word !== 0) ||
    unpacked.some((w, i) => i % 8 === 7 && w)
  )
    throw rejected('ZK0301', 'record padding');
  const record = readRecord(words.slice(0, count));
  const again = recordWords(record);
  if (again.length !== count || again.some((word, i) => word !== words[i])) throw rejected('ZK0301', 'no record of the chain profile');
  return record;
}

/**
 * Whether a loadable program for the contract's AIR and profile could have this record, root and metadata aside.
 * @param program any program that loads: its code, with the record's regions and RAM
 */
export const lawOfRegister = (calldata: readonly bigint[], program: Program): string =>
  codeOf(() => {
    const record = recordOf(calldata);
    const { inputs, outputs } = record;
    const { root, logSize: height, instances } = treeOf(record);
    if (!digestEqual(record.airHash, airHash(MACHINE))) throw rejected('ZK0302', 'another AIR');
    if (!isDigest(root)) throw rejected('ZK0102', 'digest');
    const chips = instances.map(({ type }) => type);
    const known = PROGRAM_CHIPS.map((name): number => TYPE[name]);
    const listed = known.every((type) => chips.includes(type)) && chips.every((type) => known.includes(type));
    if (!listed || chips.length > MAX_PIECES * known.length || chips.some((type, i) => type < (chips[i - 1] ?? 0)))
      throw rejected('ZK0350', 'instances');
    const rows = (before: number, of: number): number =>
      instances.slice(0, before).reduce((sum, { type, logSize }) => sum + (type === of ? 2 ** logSize : 0), 0);
    for (const [i, { type, logSize, base }] of instances.entries()) {
      const first = instanceOf(type, logSize).base;
      if (logSize < 1 || base !== (first && first + rows(i, type))) throw rejected('ZK0350', 'instances');
    }
    if (height !== Math.max(...instances.map(({ logSize }) => logSize))) throw rejected('ZK0301', 'height');
    requireChainRecord(record);
    checkProgram({ ...program, ramLogSize: Math.log2(rows(instances.length, TYPE.ram)), inputs: [...inputs], outputs: [...outputs] });
  });
