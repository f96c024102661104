// What the contract takes, one place for TypeScript and (through generate.ts) for Cairo, and the checks that say so before anybody pays.
// Source: DESIGN §10; Starknet documentation "Chain limits", November 2026. Caveat: the contract checks all of it itself.
import type { Instance } from '../../air/machine.ts';
import { rejected, usage } from '../../fri/core/errors.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { CHIP_LIST, MACHINE } from '../../vm/chips/machine.ts';
import type { ProofFile } from '../../vm/files/proof.ts';
import { committedLogSize, isCommitted } from '../../vm/program/committed.ts';
import { LANES } from '../../vm/program/isa.ts';
import { elementCount, inputWords } from '../../vm/program/packing.ts';
import type { ModelRecord } from '../../vm/statement/record.ts';

/** felts of calldata in one transaction that Starknet takes */
export const MAX_CALLDATA = 5000;
/** of them, those that an account adds to a single call: how many calls, whose contract, which entry point, how many felts */
export const ACCOUNT_FELTS = 4;
/** M31 elements in a felt of calldata */
export const PACK = 8;

/** largest log size of an instance: with it a proof fits into 5,000 felts and the security sum keeps its floor */
export const MAX_CHAIN_LOG_SIZE = 20;
/** least log size of a shard's largest instance: the profile's, so that the contract takes what a run was planned for */
export const MIN_CHAIN_LOG_SIZE = PROFILES.chain.minLogSize;

/** shards of a proof in several transactions: `finish` reads and clears two words of storage for each */
export const MAX_CHAIN_SHARDS = 64;
/** instances of one shard: calldata hold fewer, since one takes 100 felts at least */
export const MAX_CHAIN_INSTANCES = 32;
/** trees of a model: its record takes two felts of storage for each */
export const MAX_CHAIN_TREES = 96;

/** inputs, and outputs */
export const MAX_CHAIN_REGIONS = 16;
/** axes of a tensor's shape */
export const MAX_CHAIN_RANK = 16;
/** elements of a region, and words of an input with its gaps: what calldata can hold; products of two stay below 2^32 */
export const MAX_CHAIN_ELEMENTS = PACK * MAX_CALLDATA;

/** elements of a committed input, and its words: what the largest instance has lanes for */
export const MAX_CHAIN_COMMITTED = LANES * 2 ** MAX_CHAIN_LOG_SIZE;

/** chain id, contract, caller, nonce */
export const CONTEXT_HEADER = 4;
/** felts of a context */
export const MAX_CONTEXT = 32;

/** A record that the contract can register. @throws usage ZK0734 */
export function requireChainRecord({ trees, inputs, outputs }: ModelRecord): void {
  const refuse = (what: string, where: string, why: string): Error =>
    usage('ZK0734', { what, where, why, fix: 'use a smaller model; `zkvm verify` without --chain has no such limit' });
  if (trees.length > MAX_CHAIN_TREES)
    throw refuse('the model has too many pages for the contract', 'record', `${trees.length} pages, at most ${MAX_CHAIN_TREES}`);
  for (const { type, logSize } of trees.flatMap(({ instances }) => instances))
    if (logSize > MAX_CHAIN_LOG_SIZE)
      throw refuse(
        'a table of the model is too large for the contract',
        MACHINE.components[type]!.name,
        `2^${logSize} rows, at most 2^${MAX_CHAIN_LOG_SIZE}`,
      );
  for (const [kind, regions] of [
    ['input', inputs],
    ['output', outputs],
  ] as const) {
    if (regions.length > MAX_CHAIN_REGIONS)
      throw refuse(`the model has too many ${kind}s for the contract`, `${regions.length} ${kind}s`, `at most ${MAX_CHAIN_REGIONS}`);
    for (const region of regions) {
      const words = kind === 'input' ? inputWords(region) : 0;
      const size = Math.max(elementCount(region), words);
      if (isCommitted(region) && committedLogSize(region) > MAX_CHAIN_LOG_SIZE)
        throw refuse('a committed input is too large for the contract', `input "${region.name}"`, `2^${committedLogSize(region)} words`);
      if (!isCommitted(region) && size > MAX_CHAIN_ELEMENTS)
        throw refuse(
          'a tensor is too large for the contract',
          `${kind} "${region.name}"`,
          `${size} elements or words, at most ${MAX_CHAIN_ELEMENTS}`,
        );
      if (region.shape.length > MAX_CHAIN_RANK)
        throw refuse(
          'a tensor has too many axes for the contract',
          `${kind} "${region.name}"`,
          `${region.shape.length}, at most ${MAX_CHAIN_RANK}`,
        );
    }
  }
}

/** The instances that the contract takes in one transaction: one of each chip that a run sizes, and the model's; sizes within its constants. @throws rejected ZK0732 */
export function requireChainInstances({ shards }: Pick<ProofFile, 'shards'>): void {
  const instances = shards.flat();
  const refuse = (why: string): Error =>
    rejected('ZK0732', 'the contract takes one instance of each chip that a run sizes', 'instance list', why);
  if (shards.length > 1) throw refuse(`there are ${shards.length} shards, which take several transactions`);
  // behind them the model's and one for each committed input
  const runs = CHIP_LIST.flatMap(({ sizedBy }, type) => (sizedBy === 'run' ? [type] : []));
  if (instances.length > MAX_CHAIN_INSTANCES || instances.filter(({ type }) => runs.includes(type)).some(({ type }, i) => type !== runs[i]))
    throw refuse(`types ${instances.map(({ type }) => type).join(', ')}; prove with --profile chain`);
  requireChainHeight(instances, refuse);
}

function requireChainHeight(instances: readonly Instance[], refuse: (why: string) => Error): void {
  const largest = Math.max(...instances.map(({ logSize }) => logSize));
  if (largest > MAX_CHAIN_LOG_SIZE || largest < MIN_CHAIN_LOG_SIZE)
    throw refuse(`largest log size ${largest}, ${MIN_CHAIN_LOG_SIZE} to ${MAX_CHAIN_LOG_SIZE} allowed`);
}

/** The shards that the contract takes in several transactions. @throws rejected ZK0732 */
export function requireChainShards(shards: readonly (readonly Instance[])[]): void {
  if (shards.length < 2 || shards.length > MAX_CHAIN_SHARDS)
    throw rejected(
      'ZK0732',
      `the contract takes 2 to ${MAX_CHAIN_SHARDS} shards in several transactions`,
      'shards',
      `there are ${shards.length}`,
    );
  for (const [shard, instances] of shards.entries()) {
    const refuse = (why: string): Error => rejected('ZK0732', 'the contract takes no such shard', `shard ${shard}`, why);
    if (instances.length > MAX_CHAIN_INSTANCES) throw refuse(`${instances.length} instances, ${MAX_CHAIN_INSTANCES} at most`);
    requireChainHeight(instances, refuse);
  }
}
