// A forger of proofs in shards who fills what he likes: challenges that do not depend on all he commits to, sums told beside their shard, a page twice,
// public terms twice, shards at other places, of other proofs, with fewer queries. Today's verifier must refuse each, and one that lacks the check
// (known-bad-shards.ts) must accept it, or these tests could not fail. Source: AIR.md §10 items 14, 18, 20, 31, 32. Caveat: profile `test`.

import { beforeAll, describe, expect, test } from 'vitest';
import type { InstanceWitness } from '../../air/columns.ts';
import { publicSum } from '../../air/machine.ts';
import { proveShards } from '../../air/prove.ts';
import { type CommittedBase, commitBase, finishShard, shardRun } from '../../air/prove-shard.ts';
import { absorbBaseRoots, drawChallenges, openTranscript } from '../../air/transcript.ts';
import { verifyShards } from '../../air/verify.ts';
import type { Challenges } from '../../fri/backend/graph.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import type { Block } from '../../fri/backend/seam.ts';
import { TAG } from '../../fri/core/channel.ts';
import { add, sub } from '../../fri/core/m31.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { PROFILES, type Profile } from '../../fri/pcs/profile.ts';
import { ProofReader, ProofWriter } from '../../fri/pcs/stream.ts';
import { fillTraces } from '../../vm/chips/fill.ts';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { execute } from '../../vm/executor/run.ts';
import { encodeProofFile, joinProofFiles, type ProofFile, partsOf } from '../../vm/files/proof.ts';
import { instruction } from '../../vm/program/assembler.ts';
import { LANES, RAM_BASE } from '../../vm/program/isa.ts';
import { tensorWords } from '../../vm/program/packing.ts';
import type { IntegerTensors, Program } from '../../vm/program/types.ts';
import { publicTerms } from '../../vm/statement/claim.ts';
import { securedShards } from '../../vm/statement/instances.ts';
import { type Model, prepareModel } from '../../vm/statement/model.ts';
import { type AcceptedPart, verifyAccepted, verifyProof, verifyProofPart } from '../../vm/verify.ts';
import { code } from '../failure.ts';
import { empty } from '../vm/chips/empty.ts';
import { twice, wordProgram } from '../vm/programs.ts';
import { anything, nothingExecuted } from './forge.ts';
import { type Gap, looseAccepted, looseVerify, type SumGap } from './known-bad-shards.ts';
import { lutThatCancels, taller, total } from './late.ts';

const backend = jsBackend();
const profile = PROFILES.test;
const { program, inputs } = twice();
type Shards = InstanceWitness[][];
let model: Model;
let run: ReturnType<typeof execute>;
/** what a run makes, and what the program fixes */
let halves: Shards;
const fixed = ({ type }: InstanceWitness): boolean => type >= TYPE.ram;
const inHalves = (instances: readonly InstanceWitness[]): Shards => [instances.filter((i) => !fixed(i)), instances.filter(fixed)];

beforeAll(async () => {
  model = await prepareModel(program, profile, backend);
  run = execute(program, inputs);
  halves = inHalves(fillTraces(run).map((i) => (i.type === TYPE.cpu ? taller(i, 6) : i)));
});

interface Claim {
  shards: Shards;
  outputs?: IntegerTensors;
  of?: Model;
  under?: Profile;
}

const statementOf = ({ of = model, outputs = run.outputs }: Claim) => ({
  modelId: of.id,
  preprocessedRoots: of.record.trees.map(({ root }) => root),
  inputs: tensorWords(of.program.inputs, run.inputs, 'input'),
  outputs: tensorWords(of.program.outputs, outputs, 'output'),
  context: new Uint8Array(0),
});

const fileOf = ({ shards, of = model, outputs = run.outputs }: Claim, words: Uint32Array, lengths: readonly number[]): ProofFile => ({
  profileId: profile.id,
  modelId: of.id,
  shards: shards.map((instances) => instances.map(({ type, logSize, base, data }) => ({ type, logSize, base, data }))),
  ...partsOf(words, lengths),
  inputs: Object.values(run.inputs),
  outputs: Object.values(outputs),
  context: new Uint8Array(0),
});

/** a proof by the protocol */
async function proved(claim: Claim): Promise<{ claim: Claim; words: Uint32Array; file: ProofFile }> {
  const shards = claim.shards.map((instances) => ({ instances }));
  const { words, lengths } = await proveShards({
    machine: MACHINE,
    profile: claim.under ?? profile,
    backend,
    statement: statementOf(claim),
    shards,
  });
  return { claim, words, file: fileOf(claim, words, lengths) };
}

const requestOf = (claim: Claim) => ({
  machine: MACHINE,
  profile: claim.under ?? profile,
  statement: statementOf(claim),
  shards: claim.shards.map((instances) => instances.map(({ type, logSize, base, data }) => ({ type, logSize, base, data }))),
  publicTerms: publicTerms((claim.of ?? model).program, run.inputs, claim.outputs ?? run.outputs),
});
/** the product's verifier */
const today = (file: ProofFile, of = model): string => code(() => verifyProof(of, encodeProofFile(file), [of.record.profile]));
/** the protocol alone, without the rule of which instances there may be */
const protocol = ({ claim, words }: { claim: Claim; words: Uint32Array }): string =>
  code(() => verifyShards(requestOf(claim), new ProofReader(words)));
const loose = ({ claim, words }: { claim: Claim; words: Uint32Array }, gap: Gap): string =>
  code(() => looseVerify(requestOf(claim), words, gap));

/** those that follow from the beginning of a proof */
function challengesOf({ claim, file }: { claim: Claim; file: ProofFile }): Challenges {
  const common = openTranscript(MACHINE, profile, statementOf(claim), requestOf(claim).shards);
  const read = new ProofReader(file.words);
  absorbBaseRoots(
    common,
    file.shards.map(() => read.digest('base root')),
  );
  common.verifyWork(TAG.INTERACTION_WORK, profile.work.interaction, read.nonce('interaction'), 'interaction');
  return drawChallenges(common);
}

const nothing = (): Shards => inHalves(nothingExecuted(program));
const falseOutputs = (): IntegerTensors => anything(program.outputs, 42);

/**
 * A prover of two shards for a verifier that draws the challenges after the first base root: what he commits to in the second one he chooses when he
 * knows them.
 */
async function provedLate(
  claim: Claim,
  choose: (challenges: Challenges) => InstanceWitness[],
): Promise<{ claim: Claim; words: Uint32Array; file: ProofFile }> {
  const settings = { machine: MACHINE, profile, backend, onStep: () => {} };
  const common = openTranscript(MACHINE, profile, statementOf(claim), requestOf(claim).shards);
  const out = new ProofWriter();
  const first = shardRun({ instances: claim.shards[0]! }, settings);
  const bases: CommittedBase[] = [await commitBase(first)];
  absorbBaseRoots(common, [bases[0]!.tree.root]);
  const nonce = new ProofWriter();
  nonce.nonce('interaction', [0, 0]); // no work is asked for
  common.absorb(TAG.INTERACTION_WORK, [0, 0]);
  const challenges = drawChallenges(common);
  const second = shardRun({ instances: choose(challenges) }, settings);
  bases.push(await commitBase(second));
  for (const { tree } of bases) out.digest('base root', tree.root);
  out.join(nonce);
  const parts = [
    await finishShard(first, 0, 2, bases[0]!, common, challenges),
    await finishShard(second, 1, 2, bases[1]!, common, challenges),
  ];
  for (const part of parts) out.join(part);
  const words = out.words.slice();
  return {
    claim,
    words,
    file: fileOf(
      claim,
      words,
      parts.map((part) => part.words.length),
    ),
  };
}

test('the honest run in two shards is accepted, in any order of its parts; the loose verifier without a gap says the same', async () => {
  const honest = await proved({ shards: halves });
  expect([today(honest.file), protocol(honest), loose(honest, {})]).toEqual(['accepted', 'accepted', 'accepted']);
  expect(today({ ...honest.file, parts: [...honest.file.parts].reverse() })).toBe('accepted');
  const wrong = await proved({ shards: halves, outputs: falseOutputs() });
  expect([today(wrong.file), protocol(wrong), loose(wrong, {})]).toEqual(['ZK0210', 'ZK0210', 'ZK0210']);
});

describe('challenges that do not depend on every base root', () => {
  test('nothing executed, any outputs: he who sees them before he commits to lut wins', async () => {
    const outputs = falseOutputs();
    expect(outputs).not.toEqual(run.outputs);
    const claim = { shards: nothing(), outputs };
    const forged = await provedLate(claim, (challenges) =>
      lutThatCancels(claim.shards, publicTerms(program, run.inputs, outputs), challenges),
    );
    expect(loose(forged, { bound: (roots) => roots.slice(0, 1) })).toBe('accepted');
    expect([today(forged.file), protocol(forged), loose(forged, {})]).toEqual(['ZK0211', 'ZK0211', 'ZK0211']);
    // and he who commits to what would have cancelled has other challenges
    let known: InstanceWitness[] = [];
    await provedLate(claim, (challenges) => {
      known = lutThatCancels(claim.shards, publicTerms(program, run.inputs, outputs), challenges);
      return known;
    });
    expect(today((await proved({ shards: [claim.shards[0]!, known], outputs })).file)).toBe('ZK0210');
  });

  test('shards of two runs: one may stand in for the other', async () => {
    /** the same run, with something in a word of RAM that nobody wrote */
    const [ram, ...others] = halves[1]!;
    const unused = ram!.columns.at(-1)!.lastIndexOf(0);
    const junk = { ...ram!, columns: ram!.columns.map((column, c) => column.map((x, row) => (c === 0 && row === unused ? 77 : x))) };
    const claims = [halves, [halves[0]!, [junk, ...others]]].map((shards) => ({ shards }));
    for (const claim of claims) expect(today((await proved(claim)).file)).toBe('accepted');
    const late = await Promise.all(claims.map((claim) => provedLate(claim, () => claim.shards[1]!)));
    const strict = await Promise.all(claims.map(proved));
    const gap: Gap = { bound: (roots) => roots.slice(0, 1) };
    const mixed = ([one, other]: typeof late): { claim: Claim; words: Uint32Array; file: ProofFile } => {
      const head = one!.file.words.slice();
      head.set(other!.file.words.subarray(8, 16), 8); // the second base root
      const file = { ...one!.file, words: head, parts: [one!.file.parts[0]!, other!.file.parts[1]!] };
      return { claim: one!.claim, words: Uint32Array.of(...head, ...file.parts.flatMap(({ words }) => [...words])), file };
    };
    expect(late[0]!.file.words).not.toEqual(late[1]!.file.words);
    expect(loose(mixed(late), gap)).toBe('accepted');
    expect(today(mixed(strict).file)).toMatch(/^ZK02/);
    // with the roots of one proof: the file's parser is not asked, so the openings are
    expect(today({ ...strict[0]!.file, parts: [strict[0]!.file.parts[0]!, strict[1]!.file.parts[1]!] })).toMatch(/^ZK02/);
    expect(code(() => joinProofFiles(strict.map(({ file }, i) => ({ ...file, parts: [file.parts[i]!] }))))).toBe('ZK0332');
  });
});

describe('claimed sums', () => {
  test('told beside the shards, they need not be those of any trace', async () => {
    const outputs = falseOutputs();
    const forged = await proved({ shards: nothing(), outputs });
    const pub = publicTerms(program, run.inputs, outputs);
    expect(loose(forged, { told: (challenges) => [Q.neg(publicSum(pub, challenges)), Q.ZERO] })).toBe('accepted');
    expect(today(forged.file)).toBe('ZK0210');
  });

  test('moved between two shards, with the same total, before and after the composition coefficient: composition at z', async () => {
    const delta: QM31 = [5, 6, 7, 8];
    // after: words of a proof; the sum stands behind the interaction root
    const honest = await proved({ shards: halves });
    const shifted = honest.file.parts.map(({ shard, words }) => {
      const copy = words.slice();
      for (let c = 0; c < 4; c++) copy[8 + c] = (shard === 0 ? add : sub)(copy[8 + c]!, delta[c]!);
      return { shard, words: copy };
    });
    expect(today({ ...honest.file, parts: shifted })).toBe('ZK0211');
    // before: a prover who claims them, as his transcript says
    const js = jsBackend();
    const lying = {
      ...js,
      async runningSum(steps: Block) {
        const sum = await js.runningSum(steps);
        const first = finished++ === 0;
        return async () => (first ? Q.add : Q.sub)(await sum(), delta);
      },
    };
    let finished = 0;
    const claim = { shards: halves };
    const { words, lengths } = await proveShards({
      machine: MACHINE,
      profile,
      backend: lying,
      statement: statementOf(claim),
      shards: halves.map((instances) => ({ instances })),
    });
    expect(today(fileOf(claim, words, lengths))).toBe('ZK0211');
    const sumsOf = (file: ProofFile): QM31[] => file.parts.map((part) => Q.at(part.words, 2));
    const [lied, told] = [sumsOf(fileOf(claim, words, lengths)), sumsOf(honest.file)];
    for (const shard of [0, 1]) expect(lied[shard]).not.toEqual(told[shard]);
    expect(total(lied)).toEqual(total(told));
  });
});

describe('parts that were accepted one by one', () => {
  const partsOf = (file: ProofFile): ProofFile[] => file.parts.map((part) => ({ ...file, parts: [part] }));
  const accepted = (file: ProofFile): AcceptedPart[] => partsOf(file).map((part) => verifyProofPart(model, part, [profile]));
  const sum = (file: ProofFile, parts: readonly AcceptedPart[], of = model): string =>
    code(() => verifyAccepted(of, file, parts, [of.record.profile]));
  const looseSum = ({ claim, file }: { claim: Claim; file: ProofFile }, parts: readonly AcceptedPart[], gap: SumGap = {}): string =>
    code(() => looseAccepted(requestOf(claim), file, parts, gap));
  /** nothing was executed, and the outputs are what the forger likes: each shard is right by itself */
  const forgery = () => proved({ shards: nothing(), outputs: falseOutputs() });

  test('the honest run is accepted in any order, each shard once; the loose verifier without a gap says the same', async () => {
    const honest = await proved({ shards: halves });
    const parts = accepted(honest.file);
    expect([sum(honest.file, parts), looseSum(honest, parts)]).toEqual(['accepted', 'accepted']);
    expect(sum({ ...honest.file, parts: [...honest.file.parts].reverse() }, [...parts].reverse())).toBe('accepted');
    const verdict = verifyAccepted(model, honest.file, parts, [profile]);
    expect(verdict).toEqual(verifyProof(model, encodeProofFile(honest.file), [profile]));
    expect(code(() => verifyAccepted(model, honest.file, parts, [PROFILES.proven]))).toBe('ZK0354');
    expect(code(() => verifyAccepted(model, honest.file, parts, [profile], { outputs: falseOutputs() }))).toBe('ZK0353');
    // one is missing, or stands for the other
    for (const few of [[], parts.slice(1), [parts[0]!, parts[0]!], [parts[0]!, { ...parts[0]!, shard: 1 }]])
      expect([sum(honest.file, few), looseSum(honest, few)]).toEqual(['ZK0332', 'ZK0332']);
    expect(sum({ ...honest.file, parts: honest.file.parts.slice(1) }, parts)).toBe('ZK0332');
    const changed = honest.file.parts.map(({ shard, words }) => ({
      shard,
      words: words.map((word, i) => (i === 9 && shard === 1 ? word ^ 1 : word)),
    }));
    expect(sum({ ...honest.file, parts: changed }, parts)).toBe('ZK0332');
  });

  test('all of them are not a proof before their sums cancel', async () => {
    const forged = await forgery();
    const parts = accepted(forged.file);
    expect(looseSum(forged, parts, { unsummed: true })).toBe('accepted');
    expect([sum(forged.file, parts), looseSum(forged, parts), today(forged.file)]).toEqual(['ZK0210', 'ZK0210', 'ZK0210']);
  });

  test('sums that cancel in another proof are of that proof', async () => {
    const forged = await forgery();
    const honest = await proved({ shards: halves });
    // challenges differ, so he looks for a proof whose sums are the public terms that he needs: told here
    const own = accepted(forged.file);
    const needed = Q.neg(publicSum(requestOf(forged.claim).publicTerms, challengesOf(forged)));
    const others = accepted(honest.file).map((part, i) => ({ ...part, sum: i === 0 ? needed : Q.ZERO }));
    expect(looseSum(forged, others, { anyProof: true })).toBe('accepted');
    expect([sum(forged.file, others), looseSum(forged, others)]).toEqual(['ZK0332', 'ZK0332']);
    // of this proof, but of another part: the forger's second try at the same shard
    const again = own.map((part, i) => ({ ...part, sum: i === 0 ? needed : Q.ZERO, part: `${i}${part.part.slice(1)}x` }));
    expect(looseSum(forged, again, { anyPart: true })).toBe('accepted');
    expect([sum(forged.file, again), looseSum(forged, again)]).toEqual(['ZK0332', 'ZK0332']);
  });

  test('a proof of one shard has no parts: its beginning alone is nothing', async () => {
    const one = await proved({ shards: [halves.flat()] });
    expect(today(one.file)).toBe('accepted');
    const words = one.file.words.slice(0, 10);
    expect([sum(one.file, []), sum({ ...one.file, words }, [])]).toEqual(['ZK0332', 'ZK0332']);
    // whoever has no public terms would be through with it
    expect(code(() => looseAccepted({ ...requestOf(one.claim), publicTerms: [] }, { ...one.file, words }, [], { single: true }))).toBe(
      'accepted',
    );
  });
});

describe('what there may be once', () => {
  /** STOREs of twice and of three times a word to one address: no execution, and no answer of its own */
  const word = (value: number): number[] => Array<number>(LANES).fill(0).fill(value, 0, 1);
  const ones = Array<number>(LANES).fill(1);
  const storing = (second: number): Program =>
    wordProgram({
      name: 'two answers',
      rom: [
        instruction('MAC', { a: RAM_BASE, b: 5, c: RAM_BASE + 1 }),
        instruction('STORE', { a: 7, b: 9, c: RAM_BASE + 1 }),
        instruction('MAC', { a: RAM_BASE, b: 6, c: second }),
        instruction('STORE', { a: 7, b: 9, c: second }),
        instruction('HLT'),
        word(2),
        word(3),
        ones,
      ],
      codeWords: 5,
      slots: { 9: Array.from({ length: 64 }, (_, i) => [1, i - 32, i - 32]) },
      inputs: [[RAM_BASE, Array.from({ length: LANES }, (_, t) => t - 8)]],
      outputs: [RAM_BASE + 1],
      ramLogSize: 2,
    }).program;

  test('a RAM page twice: an address has two values, and each is an answer', async () => {
    const target = storing(RAM_BASE + 1);
    expect(() => execute(target, inputs)).toThrow();
    const two = await prepareModel(target, profile, backend, { allowUndetermined: true });
    const fair = fillTraces(execute(storing(RAM_BASE + 2), inputs));
    const renamed = fair.map((instance) => {
      const change = (column: Uint32Array): Uint32Array => column.map((x) => (x === RAM_BASE + 2 ? RAM_BASE + 1 : x));
      return fixed(instance) && instance.type !== TYPE.rom
        ? instance
        : { ...instance, preprocessed: instance.preprocessed.map(change), columns: instance.columns.map(change) };
    });
    const padded = renamed.map((i) => (i.type === TYPE.cpu ? taller(i, 6) : i));
    const ram = padded.find(({ type }) => type === TYPE.ram)!;
    const last = ram.columns.length - 1;
    const mult = MACHINE.components[TYPE.ram]!.base.indexOf('mult');
    const only = (rows: Record<number, number>, reads: Record<number, number>): InstanceWitness => ({
      ...ram,
      columns: ram.columns.map((column, c) =>
        column.map((_, row) => (rows[row] === undefined ? 0 : c === mult ? (reads[row] ?? 0) : column[rows[row]!]!)),
      ),
    });
    expect(MACHINE.components[TYPE.ram]!.base[last]).toBe('used');
    const others = padded.filter((i) => i !== ram);
    const blank = others.filter(fixed).map((i) => ({ ...i, columns: i.columns.map((column) => column.map(() => 0)) }));
    const verdicts: string[][] = [];
    for (const answer of [2, 3]) {
      const outputs = { y0: run.inputs.x0!.map((x) => answer * x) };
      // rows 0 and 1 of one page, row 1 of the other; the answer is read where it stands
      const pages = [only({ 0: 0, 1: 1 }, { 0: 2, 1: answer === 2 ? 1 : 0 }), only({ 1: 2 }, { 1: answer === 3 ? 1 : 0 })];
      const doubled = [
        [...others.filter((i) => !fixed(i)), pages[0]!, ...others.filter(fixed)],
        [pages[1]!, ...blank],
      ];
      const forged = await proved({ shards: doubled, outputs, of: two });
      const alone = await proved({ shards: [doubled[0]!], outputs, of: two });
      verdicts.push([loose(forged, {}), protocol(forged), today(forged.file, two), today(alone.file, two)]);
    }
    expect(verdicts).toEqual(Array(2).fill(['accepted', 'ZK0212', 'ZK0350', 'ZK0211']));
  });

  test('two cpus in two shards: the AIR has nothing against one that does nothing, the instance rule has', async () => {
    const shards = [...halves, [empty(TYPE.cpu, 6)]];
    const forged = await proved({ shards });
    expect([protocol(forged), today(forged.file)]).toEqual(['accepted', 'ZK0350']);
    const fair = await proved({ shards: [...halves, [empty(TYPE.mac, 6)]] });
    expect([protocol(fair), today(fair.file)]).toEqual(['accepted', 'accepted']);
  });

  test('public terms twice: two runs for one statement', async () => {
    const whole = halves.flat();
    const forged = await proved({ shards: [whole, whole] });
    expect(loose(forged, { termsEachTime: true })).toBe('accepted');
    expect([loose(forged, {}), protocol(forged), today(forged.file)]).toEqual(['ZK0210', 'ZK0212', 'ZK0350']);
    expect(loose(await proved({ shards: halves }), { termsEachTime: true })).toBe('ZK0210');
  });

  test('a mac shard left out of the proof, or twice in it: sum', async () => {
    const [made, rest] = halves as [InstanceWitness[], InstanceWitness[]];
    const mac = made.filter(({ type }) => type === TYPE.mac).map((i) => taller(i, 6));
    const others = made.filter(({ type }) => type !== TYPE.mac);
    const verdictOf = async (shards: Shards): Promise<string> => today((await proved({ shards })).file);
    expect(await verdictOf([others, rest, mac])).toBe('accepted');
    expect(await verdictOf([others, rest])).toBe('ZK0210');
    expect(await verdictOf([others, rest, mac, mac])).toBe('ZK0210');
  });
});

describe('places', () => {
  test('a part at the place of another that is its like: it counts where it was made for', async () => {
    const zeros = empty(TYPE.mac, 6);
    // cells that nothing binds where nothing happens: of a shard of zeros every opening is like every other, and its part is right at any place
    const [free, ...others] = zeros.columns;
    const blank = { ...zeros, columns: [free!.map((_, row) => 1 + 7919 * row), ...others] };
    const { file, claim } = await proved({ shards: [halves.flat(), [blank], [blank]] });
    expect(today(file)).toBe('accepted');
    const [zero, one] = file.parts as [ProofFile['parts'][0], ProofFile['parts'][0]];
    const moved = { ...file, parts: [zero, one, { shard: 2, words: one.words }] };
    expect(today(moved)).toMatch(/^ZK02/);
    const words = Uint32Array.of(...moved.words, ...moved.parts.flatMap((part) => [...part.words]));
    expect(loose({ claim, words }, { indexOf: (shard) => Math.min(shard, 1) })).toBe('accepted');
    expect(loose({ claim, words }, {})).toMatch(/^ZK02/);
  });

  test('two shards exchanged, with their lists, their roots or neither', async () => {
    const { file } = await proved({ shards: halves });
    const [one, other] = file.parts as [ProofFile['parts'][0], ProofFile['parts'][0]];
    const parts = [
      { shard: 0, words: other.words },
      { shard: 1, words: one.words },
    ];
    const shards = [...file.shards].reverse();
    const words = Uint32Array.of(...file.words.subarray(8, 16), ...file.words.subarray(0, 8), ...file.words.subarray(16));
    for (const change of [{ parts }, { shards }, { words }, { parts, shards }, { parts, words }, { parts, shards, words }])
      expect(today({ ...file, ...change })).toMatch(/^ZK0[12]/);
  });

  test('a tree of the model torn between shards, an empty shard, instances in another shard than they were proved in', async () => {
    const [ram, ...rest] = halves[1] as [InstanceWitness, ...InstanceWitness[]];
    const torn = await proved({ shards: [[...halves[0]!, ram], rest] });
    expect([protocol(torn), today(torn.file)]).toEqual(['ZK0212', 'ZK0212']);
    const { file } = await proved({ shards: halves });
    expect(today({ ...file, shards: [...file.shards, []], words: Uint32Array.of(...file.words, ...new Uint32Array(8)) })).toBe('ZK0130');
    const [made, fixedOnes] = file.shards as [ProofFile['shards'][0], ProofFile['shards'][0]];
    expect(today({ ...file, shards: [made.slice(0, 1), [...made.slice(1), ...fixedOnes]] })).toMatch(/^ZK0[12]/);
  });
});

test('fewer queries than several shards need: the number is in the transcript, and the verifier counts for himself', async () => {
  const floored = { ...profile, floor: { kind: 'conjectured' as const, bits: 2.5 } };
  const target = await prepareModel(program, floored, backend);
  const claim = { shards: halves, of: target };
  const lists = requestOf(claim).shards;
  const { profile: secured, security } = securedShards(floored, lists, requestOf(claim).publicTerms.length);
  expect([secured.queries, security.conjecturedBits >= 2.5]).toEqual([floored.queries + 1, true]);
  const fair = await proved({ ...claim, under: secured });
  const cheap = await proved({ ...claim, under: floored });
  expect([today(fair.file, target), today(cheap.file, target)]).toEqual(['accepted', expect.stringMatching(/^ZK0[12]/)]);
  expect(loose(cheap, {})).toBe('accepted');
});

test('a ROM of another model: a verifier that takes the roots from the prover accepts its outputs', async () => {
  const weights = twice().program;
  weights.rom[3 * LANES] = 3;
  const other = await prepareModel(weights, profile, backend);
  const elsewhere = execute(weights, inputs);
  const shards = inHalves(fillTraces(elsewhere).map((i) => (i.type === TYPE.cpu ? taller(i, 6) : i)));
  const mixed: Model = { ...model, record: { ...model.record, trees: other.record.trees } };
  const forged = await proved({ shards, outputs: elsewhere.outputs, of: mixed });
  expect(elsewhere.outputs).not.toEqual(run.outputs);
  expect(today(forged.file, mixed)).toBe('accepted');
  expect(today(forged.file)).toMatch(/^ZK02/);
  // made for this model's transcript, it has the right roots and the wrong openings
  expect(today((await proved({ shards, outputs: elsewhere.outputs })).file)).toBe('ZK0213');
});
