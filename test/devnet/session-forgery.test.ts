// What the checks of a session are for: a forger who has executed nothing tells any outputs, and a registry without the check stores them as a fact.
// One takes whatever base root a shard comes with, so that the forger commits to his last shard when he knows the challenges; one does not ask what
// all sums add up to. Today's registry refuses both. Source: AIR.md §10 items 14, 18. Caveat: a context names its contract, so each is a claim of
// its own; the two classes are built for this test alone.
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { commitBase, finishShard, shardRun } from '../../air/prove-shard.ts';
import { absorbBaseRoots, drawChallenges, openTranscript } from '../../air/transcript.ts';
import { compileText, joinedSource } from '../../contracts/class/compile.ts';
import { registerCalldata } from '../../contracts/client/calldata.ts';
import { type Chain, connect, deploy, invoke, view } from '../../contracts/client/chain.ts';
import { beginCalldata, packSession, type SessionCalls, shardCalldata } from '../../contracts/client/session.ts';
import { TAG } from '../../fri/core/channel.ts';
import { digestToFelt } from '../../fri/core/digest.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { ProofWriter } from '../../fri/pcs/stream.ts';
import { type WasmBackend, wasmBackend } from '../../gpu/wasm/backend.ts';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import type { ProofFile } from '../../vm/files/proof.ts';
import { tensorWords } from '../../vm/program/packing.ts';
import { publicTerms, statementHash } from '../../vm/statement/claim.ts';
import { type Model, prepareModel } from '../../vm/statement/model.ts';
import { anything, nothingExecuted } from '../attacks/forge.ts';
import { lutThatCancels, taller } from '../attacks/late.ts';
import { mlp } from '../vm/programs.ts';
import { devnetAccount } from './accounts.ts';
import { contextOf } from './sessions.ts';

const { program } = mlp(1);
const profile = PROFILES.chain;
let chain: Chain;
let caller: bigint;
let backend: WasmBackend;
let model: Model;

beforeAll(async () => {
  const url = inject('devnetUrl');
  const credentials = await devnetAccount(url, 9);
  chain = await connect(`${url}/rpc`, credentials);
  caller = BigInt(credentials.address);
  backend = await wasmBackend({ threads: 1 });
  model = await prepareModel(program, profile, backend);
});
afterAll(() => backend.close());

/** the registry with a line of it replaced */
function registryWithout(line: string, instead = ''): string {
  const text = joinedSource('registry');
  expect(text.split(line)).toHaveLength(2);
  return text.replace(line, instead);
}

/**
 * Two shards of which nothing was executed, for outputs of the forger's choice.
 * @param late whether the second one is chosen after the challenges, so that all sums cancel; it has another base root then than its session began with
 */
async function forged(contract: bigint, late: boolean): Promise<SessionCalls> {
  const [inputs, outputs] = [anything(program.inputs, 1), anything(program.outputs, 42)];
  const all = nothingExecuted(program).map((instance) => (instance.type === TYPE.cpu ? taller(instance, 8) : instance));
  const shards = [all.filter(({ type }) => type < TYPE.ram), all.filter(({ type }) => type >= TYPE.ram)];
  const settings = { machine: MACHINE, profile, backend, onStep: () => {} };
  const context = contextOf({ chainId: chain.chainId, registry: contract, caller });
  const statement = {
    modelId: model.id,
    preprocessedRoots: model.record.trees.map(({ root }) => root),
    inputs: tensorWords(program.inputs, inputs, 'input'),
    outputs: tensorWords(program.outputs, outputs, 'output'),
    context,
  };
  const terms = publicTerms(program, inputs, outputs);
  const lists = shards.map((own) => own.map(({ type, logSize, base, data }) => ({ type, logSize, base, data })));
  const runs = shards.map((instances) => shardRun({ instances }, settings));
  const bases = [await commitBase(runs[0]!), await commitBase(runs[1]!)];
  const roots = bases.map(({ tree }) => tree.root);
  const common = openTranscript(MACHINE, profile, statement, lists);
  absorbBaseRoots(common, roots);
  const nonce = await backend.grind(common.digest, profile.work.interaction);
  common.absorb(TAG.INTERACTION_WORK, nonce);
  const opening = new ProofWriter();
  for (const root of roots) opening.digest('base root', root);
  opening.nonce('interaction', nonce);
  const challenges = drawChallenges(common);
  if (late) {
    runs[1] = shardRun({ instances: lutThatCancels(shards, terms, challenges) }, settings);
    bases[1] = await commitBase(runs[1]);
  }
  const parts = [
    await finishShard(runs[0]!, 0, bases[0]!, common, challenges),
    await finishShard(runs[1]!, 1, bases[1]!, common, challenges),
  ];
  const file: ProofFile = {
    profileId: profile.id,
    modelId: model.id,
    shards: lists,
    inputs: Object.values(inputs),
    outputs: Object.values(outputs),
    context,
    words: opening.words.slice(),
    parts: parts.map(({ words }, shard) => ({ shard, words: words.slice() })),
  };
  const hash = statementHash(model.record.airHash, profile, program, { modelId: model.id, inputs, outputs, context });
  const request = { machine: MACHINE, profile, statement, shards: lists, publicTerms: terms };
  const items = { common: opening.items, parts: parts.map((part) => part.items) };
  const calls = packSession(model, file, request, hash, items);
  const [first, second] = calls.shards;
  return { ...calls, shards: [first!, { ...second!, baseRoot: digestToFelt(bases[1]!.tree.root) }] };
}

/** sends all transactions of a session: the refusal with the entry point that gave it, or whether the claim is a fact now */
async function verdictOf(contract: bigint, calls: SessionCalls): Promise<string> {
  await invoke(chain, [{ contract, entrypoint: 'register_model', calldata: registerCalldata(model.record) }]);
  const steps: [string, bigint[]][] = [
    ['begin', beginCalldata(calls)],
    ...calls.shards.map((shard): [string, bigint[]] => ['shard', shardCalldata(calls.session, shard)]),
    ['finish', [calls.session]],
  ];
  for (const [entrypoint, calldata] of steps)
    try {
      await invoke(chain, [{ contract, entrypoint, calldata }]);
    } catch (error) {
      if (error instanceof ZkvmError && error.kind === 'chain') return `${entrypoint}: ${error.what}`;
      throw error;
    }
  return `fact: ${(await view(chain, { contract, entrypoint: 'is_valid', calldata: [calls.statement] }))[0]}`;
}

test('a shard that is committed to after the challenges: refused for its base root, and any outputs where nobody asks for that', async () => {
  const registry = BigInt(inject('registry'));
  expect(await verdictOf(registry, await forged(registry, true))).toBe('shard: the contract refuses: shard of another proof');
  const text = registryWithout(
    "assert(self.expected.read((session, index)) == shard_digest(instances, base_root), 'ZK0332 shard of another proof');",
  );
  const { address } = await deploy(chain, await compileText('registry-any-root', text));
  expect(await verdictOf(address, await forged(address, true))).toBe('fact: 1');
});

test('nothing executed, by the protocol: refused at the end, and any outputs where nobody adds up', async () => {
  const registry = BigInt(inject('registry'));
  expect(await verdictOf(registry, await forged(registry, false))).toBe('finish: the contract refuses: sum is not zero');
  const { address } = await deploy(
    chain,
    await compileText(
      'registry-any-sum',
      registryWithout("assert(is_zero(red(total)), 'ZK0210 sum is not zero');\n            self.sessions", 'self.sessions'),
    ),
  );
  expect(await verdictOf(address, await forged(address, false))).toBe('fact: 1');
});
