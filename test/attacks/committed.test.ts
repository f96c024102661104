// Forgers of committed inputs, who start from nothing and fill what they like: one makes an attested root say another tensor, one makes a root of his
// own say anything, one has elements out of range or junk in lanes that hold none, one learns the challenges before he chooses his words. Each is
// refused by the machine of this release and succeeds against one that lacks what stops him (known-bad-committed.ts), or his attack is worth nothing.
// Source: AIR.md §2 (DATA), §10. Caveat: the chips that are forged are honest traces of other runs, as in forge.ts.
import { describe, expect, test } from 'vitest';
import { check } from '../../air/check.ts';
import type { InstanceWitness } from '../../air/columns.ts';
import { setupColumns } from '../../air/columns.ts';
import { type MachineDefinition, publicSum } from '../../air/machine.ts';
import { prove } from '../../air/prove.ts';
import { absorbBaseRoots, drawChallenges, openTranscript, type StatementWords } from '../../air/transcript.ts';
import { verify } from '../../air/verify.ts';
import type { Challenges } from '../../fri/backend/graph.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { TAG } from '../../fri/core/channel.ts';
import type { Digest } from '../../fri/core/digest.ts';
import { inverse, mul, sub } from '../../fri/core/m31.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { ProofReader } from '../../fri/pcs/stream.ts';
import { fillTraces } from '../../vm/chips/fill.ts';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { read } from '../../vm/chips/relations.ts';
import { execute } from '../../vm/executor/run.ts';
import { LANES, RAM_BASE } from '../../vm/program/isa.ts';
import { checkProgram } from '../../vm/program/loader.ts';
import { tensorWords } from '../../vm/program/packing.ts';
import type { IntegerTensors, Program } from '../../vm/program/types.ts';
import { publicTerms } from '../../vm/statement/claim.ts';
import { committedRegion, doubling } from '../vm/committed-program.ts';
import { forge, targetModel, verifyFor } from './forge.ts';
import { BAD } from './known-bad-committed.ts';
import { sumOf } from './late.ts';

const profile = PROFILES.test;
const backend = jsBackend();
const honest = doubling();
const SCALE_ROM = honest.program.codeWords + 1; // the word 2 that the copy is multiplied by
const ROWS = 16;

const own = (instances: readonly InstanceWitness[], type: number): InstanceWitness => instances.find((one) => one.type === type)!;
const column = (instance: InstanceWitness, name: string): Uint32Array => {
  const { preprocessed, base } = MACHINE.components[instance.type]!;
  return preprocessed.includes(name) ? instance.preprocessed[preprocessed.indexOf(name)]! : instance.columns[base.indexOf(name)]!;
};
/** the rows of a tree as words */
const row = (instance: InstanceWitness, at: number): number[] => instance.preprocessed.slice(1).map((lane) => lane[at]!);

async function rootOf(instance: InstanceWitness): Promise<Digest> {
  const { tree } = await setupColumns(backend, [{ ...instance, page: 0 }], profile.logBlowup);
  return tree.root;
}

interface Lie {
  instances: InstanceWitness[];
  outputs: IntegerTensors;
  /** whose root the statement has: that of this tree */
  committed: InstanceWitness;
  program?: Program;
}

/** why a machine's verifier refuses a forged proof, or that it takes it */
async function verdict(lie: Lie, machine: MachineDefinition = MACHINE): Promise<string> {
  const model = await targetModel(lie.program ?? honest.program, profile, machine);
  const roots = { x: await rootOf(lie.committed) };
  try {
    const { bytes } = await forge({ model, instances: lie.instances, inputs: {}, roots, outputs: lie.outputs });
    verifyFor(model, bytes);
    return 'accepted';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

const traces = (program: Program, inputs: IntegerTensors) => {
  const run = execute(program, inputs);
  const instances = structuredClone(fillTraces(run)) as InstanceWitness[];
  return { run, instances, words: own(instances, TYPE.words) };
};

/** what the honest prover has: the root of x, and the run on it */
const truth = traces(honest.program, honest.inputs);

/** the honest proof passes whatever is left out of the chip: the attacks below are what makes the difference */
test('the honest trace satisfies the chip, and the machines that lack something', async () => {
  const { instances, run, words } = truth;
  expect(check(MACHINE, instances, publicTerms(honest.program, {}, run.outputs))).toMatchObject({ failures: [], sumIsZero: true });
  expect(await verdict({ instances, outputs: run.outputs, committed: words })).toBe('accepted');
});

/**
 * A run in which mac and store see all lanes of a tree's words, those that hold no element too: the copy drops them under its mask, where a row of
 * store takes any coefficient.
 * @param rowAt which row of the tree has an address
 */
function seen(
  instances: readonly InstanceWitness[],
  tree: InstanceWitness,
  rowAt: (address: number) => number | undefined,
): InstanceWitness[] {
  const { address, channelStep } = committedRegion();
  const changed = structuredClone(instances) as InstanceWitness[];
  const [mac, store] = [own(changed, TYPE.mac), own(changed, TYPE.store)];
  for (const [name, at] of [
    ['w', 'aw'],
    ['v', 'av'],
  ] as const)
    for (let r = 0; r < 2 ** mac.logSize; r++) {
      const found = rowAt(column(mac, at)[r]!);
      if (found !== undefined) for (let t = 0; t < LANES; t++) column(mac, `${name}${t}`)[r] = row(tree, found)[t]!;
    }
  for (let r = 0; r < 2 ** store.logSize; r++) {
    const word = column(store, 'wa')[r]! - RAM_BASE;
    const found = word >= 0 && word < 2 * channelStep && column(store, 'en')[r] ? rowAt(address + word) : undefined;
    if (found === undefined) continue;
    for (let t = 0; t < LANES; t++) if (column(store, `m${t}`)[r] === 0) column(store, `q${t}`)[r] = row(tree, found)[t]!;
  }
  return changed;
}

/** labels that fail on some row, and the sum where it is what fails */
function broken({ instances, outputs, program = honest.program }: Omit<Lie, 'committed'>, machine: MachineDefinition = MACHINE): string[] {
  const { failures, sumIsZero } = check(machine, instances, publicTerms(program, {}, outputs));
  return [...new Set(failures.map(({ label }) => label))].sort().concat(sumIsZero ? [] : ['sum']);
}

/** a tree with these words, whose maker says of these rows that they are the first */
function flagged(words: InstanceWitness, firsts: readonly number[]): InstanceWitness {
  const changed = structuredClone(words);
  column(changed, 'first')
    .fill(0)
    .forEach((_, r, first) => {
      if (firsts.includes(r)) first[r] = 1;
    });
  return changed;
}

/** labels that an instance alone breaks */
const failing = (instance: InstanceWitness, machine: MachineDefinition = MACHINE): string[] => [
  ...new Set(check(machine, [instance], []).failures.map(({ label }) => label)),
];

/** the run on the tensor whose words lie where those of a tree are after these addresses were given to its rows */
function readAs(addressOf: (row: number) => number, words: InstanceWitness = truth.words): Lie {
  const base = committedRegion().address;
  const at = new Map<number, number>();
  for (let r = 0; r < ROWS; r++) if (!at.has(addressOf(r)) || r > 0) at.set(addressOf(r), r);
  // the elements that the program would find at each address
  const region = committedRegion();
  const tensor = Int32Array.from({ length: 120 }, (_, e) => {
    const [channel, rest] = [Math.floor(e / 60), e % 60];
    const word = channel * region.channelStep + Math.floor(rest / 20) * region.rowStep + Math.floor((rest % 20) / LANES);
    const value = row(words, at.get(base + word)!)[(rest % 20) % LANES]!;
    return value > 2 ** 30 ? value - (2 ** 31 - 1) : value;
  });
  const other = traces(honest.program, { x: tensor });
  const mult = new Uint32Array(ROWS);
  const asked = column(other.words, 'mult');
  for (const [address, r] of at) mult[r] = asked[address - base] ?? 0;
  const addr = Uint32Array.from({ length: ROWS }, (_, r) => addressOf(r));
  const forged = { ...words, columns: [addr, mult] };
  const instances = seen(other.instances, forged, (address) => at.get(address)).map((one) => (one.type === TYPE.words ? forged : one));
  return { instances, outputs: other.run.outputs, committed: words };
}

describe('an attested root says another tensor', () => {
  const base = committedRegion().address;

  test('turned round: every row the address of the row before', async () => {
    const lie = readAs((r) => base + ((r + 1) % ROWS));
    expect(lie.outputs.y0).not.toEqual(truth.run.outputs.y0);
    expect(await verdict(lie, BAD['the first address is free'])).toBe('accepted');
    expect(broken(lie)).toEqual(['first row', 'starts on first']);
    expect(await verdict(lie)).toBe('ZK0211');
  });

  test('its first words twice: the second time they are what stands at the end', async () => {
    const lie = readAs((r) => (r < 14 ? base + r : base + r - 14));
    expect(await verdict(lie, BAD['a round may end anywhere'])).toBe('accepted');
    expect(broken(lie)).toEqual(['after the last', 'starts on first']);
    expect(await verdict(lie)).toBe('ZK0211');
  });

  test('its last words twice', () => {
    // a program reads the first word of its input too, which this arrangement has not: so it is shown of the chip alone
    const addr = Uint32Array.from({ length: ROWS }, (_, r) => base + 8 + (r % 8));
    const instance = { ...flagged(truth.words, [0, 8]), columns: [addr, new Uint32Array(ROWS)] };
    expect(failing(instance, BAD['a round may start anywhere'])).toEqual([]);
    expect(failing(instance)).toEqual(['first row']);
  });

  test('its rows in any order', async () => {
    const lie = readAs((r) => base + (r ^ 1));
    expect(await verdict(lie, BAD['steps are free'])).toBe('accepted');
    expect(broken(lie)).toEqual(['after the last', 'first row', 'starts on first']);
    expect(await verdict(lie)).toBe('ZK0211');
  });

  test('words that are not in the tree', async () => {
    const other = traces(honest.program, { x: honest.inputs.x!.map((x) => -1 - x) });
    const bound = Array.from({ length: LANES }, (_, t) => column(other.words, `w${t}`));
    const unbound = other.instances.map((one) =>
      one.type === TYPE.words ? { ...truth.words, columns: [...other.words.columns, ...bound] } : one,
    );
    expect(await verdict({ instances: unbound, outputs: other.run.outputs, committed: truth.words }, BAD['words are the prover’s'])).toBe(
      'accepted',
    );
    const lie = other.instances.map((one) => (one.type === TYPE.words ? { ...truth.words, columns: other.words.columns } : one));
    expect(broken({ instances: lie, outputs: other.run.outputs })).toEqual(['sum']);
    expect(await verdict({ instances: lie, outputs: other.run.outputs, committed: truth.words })).toBe('ZK0211');
  });
});

describe('a root of his own says two tensors', () => {
  const base = committedRegion().address;
  const turned = (by: number, tree: InstanceWitness): Lie => readAs((r) => base + ((r + by) % ROWS), tree);

  test.each([
    ['no row', []],
    ['several rows', [0, 1]],
  ])('whose tree says of %s that it is the first: whoever committed to it would choose for each proof', async (_, firsts) => {
    const tree = flagged(truth.words, firsts);
    const lies = [turned(0, tree), turned(1, tree)];
    expect(lies[1]!.outputs.y0).not.toEqual(lies[0]!.outputs.y0);
    if (firsts.length === 0)
      for (const lie of lies) expect(await verdict(lie, BAD['a tree need not say where it starts'])).toBe('accepted');
    for (const lie of lies) {
      expect(broken(lie)).toContain(firsts.length === 0 ? 'starts on first' : 'first row');
      expect(await verdict(lie)).toBe('ZK0211');
    }
  });

  test('whose tree begins again before its end: two words have one address', () => {
    const addr = Uint32Array.from({ length: ROWS }, (_, r) => (r < 14 ? base + r : base + r - 14));
    const instance = { ...flagged(truth.words, [0, 14]), columns: [addr, new Uint32Array(ROWS)] };
    expect(failing(instance, BAD['a round of some rows may end anywhere'])).toEqual([]);
    expect(failing(instance)).toEqual(['after the last']);
  });

  test('whose tree has its first row elsewhere is the root of one tensor all the same', async () => {
    const tree = flagged(truth.words, [ROWS - 1]);
    expect(await verdict(turned(1, tree))).toBe('accepted');
    expect(broken(turned(0, tree))).toEqual(['first row', 'starts on first']);
    expect(await verdict(turned(0, tree))).toBe('ZK0211');
  });
});

describe('a root of his own says anything', () => {
  /** the run of a program that multiplies by 3, whose word 3 stands in the tree at the address of the model's word 2 */
  function tripled(place: (words: InstanceWitness, address: number) => void): Lie {
    const other = structuredClone(honest.program);
    other.rom[SCALE_ROM * LANES] = 3;
    other.outputs[0]!.lo = -64;
    other.outputs[0]!.hi = 64;
    const { run, instances, words } = traces(other, { x: honest.inputs.x!.map((x) => Math.trunc(x / 2)) });
    const rom = own(instances, TYPE.rom);
    const mult = column(rom, 'mult');
    const times = mult[SCALE_ROM]!;
    mult[SCALE_ROM] = 0;
    column(words, 'w0')[15] = 3;
    column(words, 'mult')[15] = times;
    place(words, SCALE_ROM);
    const fixed = own(truth.instances, TYPE.rom);
    return {
      instances: instances.map((one) => (one.type === TYPE.rom ? { ...one, preprocessed: fixed.preprocessed } : one)),
      outputs: Object.fromEntries(Object.entries(run.outputs).map(([name, y]) => [name, y.map((v) => Math.max(-16, Math.min(14, v)))])),
      committed: words,
    };
  }

  test('a weight of the model, at an address that his tree or his row has', async () => {
    const atRow = tripled((words, address) => {
      column(words, 'addr')[15] = address;
    });
    expect(await verdict(atRow, BAD['steps are free'])).toBe('accepted');
    expect(await verdict(atRow)).toBe('ZK0211');
    const inTree = tripled((words, address) => {
      const first = column(words, 'first');
      first.set(column(words, 'addr'));
      first[15] = address;
    });
    expect(await verdict(inTree, BAD['addresses are the tree’s'])).toBe('accepted');
    expect(await verdict(inTree)).toMatch(/^ZK021[01]$/);
  });
});

describe('elements out of range, and lanes that hold none', () => {
  const region = committedRegion();

  /** the program as a loader would take it that does not compare the copy with the region */
  function unchecked(parts: Parameters<typeof doubling>[1], wide: Partial<typeof region>): Program {
    const { program } = doubling([{ ...region, ...wide }], parts);
    const loaded = checkProgram(program); // which is remembered
    const { lo, hi, width, shape, strides } = region;
    Object.assign(loaded.program.inputs[0]!, { lo, hi, width, shape, strides });
    return program;
  }

  test('an element above the range', async () => {
    const wide = doubling([{ ...region, hi: 20 }]);
    const x = honest.inputs.x!.with(3, 20);
    const out = traces(wide.program, { x });
    const y = out.run.outputs;
    // nothing in the model's table: he takes what comes nearest, an unused row
    const lut = own(truth.instances, TYPE.lut);
    const asked = new Uint32Array(2 ** lut.logSize);
    const theirs = own(out.instances, TYPE.lut);
    const key = (of: InstanceWitness, r: number): string => of.preprocessed.map((c) => c[r]!).join();
    const places = new Map(
      Array.from({ length: 2 ** lut.logSize }, (_, r) => [key(lut, 2 ** lut.logSize - 1 - r), 2 ** lut.logSize - 1 - r]),
    );
    for (let r = 0; r < 2 ** theirs.logSize; r++) {
      const at = places.get(key(theirs, r));
      if (at !== undefined) asked[at] = asked[at]! + column(theirs, 'mult')[r]!;
    }
    const instances = out.instances.map((one) => (one.type === TYPE.lut ? { ...lut, columns: [asked] } : one));
    const clipped = { y0: y.y0!.map((v) => Math.min(v, 14)) };
    expect(broken({ instances, outputs: clipped })).toEqual(['sum']);
    expect(await verdict({ instances, outputs: clipped, committed: out.words })).toBe('ZK0211');
    // a model that lets 20 through its copy, and says that it does not
    const weak = unchecked({}, { hi: 20 });
    const weakRun = traces(doubling([{ ...region, hi: 20 }]).program, { x });
    weak.outputs[0]!.hi = 64;
    expect(await verdict({ program: weak, instances: weakRun.instances, outputs: weakRun.run.outputs, committed: weakRun.words })).toBe(
      'accepted',
    );
    expect(() => checkProgram(structuredClone(weak))).toThrow(expect.objectContaining({ code: 'ZK0348' }));
  });

  test('junk beside the elements reaches no output; through a mask that lets it in it would', async () => {
    const { words, run } = truth;
    // the same elements, and a 7 in lane 25 of the first row
    const junk = structuredClone(words);
    column(junk, 'w9')[1] = 7;
    const base = region.address;
    const rowAt = (address: number): number | undefined => (address >= base && address < base + ROWS ? address - base : undefined);
    const instances = seen(truth.instances, junk, rowAt).map((one) => (one.type === TYPE.words ? junk : one));
    // provable, on another root, with the outputs of the elements: whoever registers a root makes it from elements, so this one is nobody's
    expect(await verdict({ instances, outputs: run.outputs, committed: junk })).toBe('accepted');
    expect(await rootOf(junk)).not.toEqual(await rootOf(words));
    const louder = { y0: run.outputs.y0!.with(10, run.outputs.y0![10]! + 2) };
    expect(broken({ instances, outputs: louder })).toEqual(['sum']);
    expect(await verdict({ instances, outputs: louder, committed: junk })).toBe('ZK0211');
    // a copy whose mask takes lanes 20 to 25 in, of an input that is said to have 20: two answers for the same elements
    const wide = { width: 26, shape: [2, 3, 26], strides: [78, 26, 1] as [number, number, number] };
    const outputs: string[] = [];
    for (const salt of [1, 2]) {
      const { program } = doubling([{ ...region, ...wide }]);
      const x = Int32Array.from({ length: 156 }, (_, e) => (e % 26 < 20 ? e % 7 : salt));
      const loose = traces(program, { x });
      const weak = unchecked({}, wide);
      expect(await verdict({ program: weak, instances: loose.instances, outputs: loose.run.outputs, committed: loose.words })).toBe(
        'accepted',
      );
      expect(() => checkProgram(structuredClone(weak))).toThrow(expect.objectContaining({ code: 'ZK0348' }));
      outputs.push(loose.run.outputs.y0!.join());
    }
    expect(outputs[0]).not.toBe(outputs[1]);
  });
});

describe('the words are chosen after the challenges', () => {
  const { program } = honest;
  const outputs = { y0: truth.run.outputs.y0!.map((y) => -y - 2) };
  const terms = publicTerms(program, {}, outputs);
  /** one word of padding is asked for once, and nobody asks */
  const bare = truth.words.columns[1]!.with(15, 1);

  /** a transcript that takes the root in like all others, or one that forgets it */
  function statementOf(id: Digest, roots: readonly Digest[], forgets: boolean): StatementWords {
    const list = [...roots];
    if (forgets) Object.assign(list, { flatMap: () => [...roots[0]!] });
    return {
      modelId: id,
      preprocessedRoots: list,
      inputs: [forgets ? new Uint32Array(0) : Uint32Array.from(roots[1]!)],
      outputs: tensorWords(program.outputs, outputs, 'output'),
      context: new Uint8Array(0),
    };
  }

  /** lanes 0 to 3 of a word for which the tuple at an address has this denominator */
  function solved(address: number, denominator: QM31, { z, gamma }: Challenges): number[] {
    const goal = Q.sub(Q.sub(Q.sub(z, Q.from(read.id)), Q.scale(gamma, address)), denominator);
    const rows = [0, 1, 2, 3].map((c) => [...[2, 3, 4, 5].map((power) => Q.pow(gamma, power)[c]!), goal[c]!]);
    for (let i = 0; i < 4; i++) {
      const pivot = rows.findIndex((row, r) => r >= i && row[i] !== 0);
      [rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!];
      const scale = inverse(rows[i]![i]!);
      rows[i] = rows[i]!.map((x) => mul(x, scale));
      for (let r = 0; r < 4; r++) if (r !== i) rows[r] = rows[r]!.map((x, c) => sub(x, mul(rows[r]![i]!, rows[i]![c]!)));
    }
    return rows.map((row) => row[4]!);
  }

  async function forged(forgets: boolean): Promise<string> {
    const model = await targetModel(program, profile);
    const attempt = async (word: readonly number[]) => {
      const tree = {
        ...truth.words,
        columns: [truth.words.columns[0]!, bare],
        preprocessed: truth.words.preprocessed.map((lane) => lane.slice()),
      };
      for (const [t, value] of word.entries()) column(tree, `w${t}`)[15] = value;
      const instances = truth.instances.map((one) => (one.type === TYPE.words ? tree : one));
      const statement = statementOf(model.id, [model.record.trees[0]!.root, await rootOf(tree)], forgets);
      const { words } = await prove({ machine: MACHINE, profile, backend, setup: model.setup, statement, instances });
      return { instances, statement, words };
    };
    const first = await attempt([]);
    const proof = new ProofReader(first.words);
    const channel = openTranscript(MACHINE, profile, first.statement, [first.instances]);
    absorbBaseRoots(channel, [proof.digest('base root')]);
    channel.verifyWork(TAG.INTERACTION_WORK, profile.work.interaction, proof.nonce('interaction'), 'interaction');
    const challenges = drawChallenges(channel);
    // what the row would have to add, if it were all that is missing
    const tuple = (word: readonly number[]): QM31 =>
      [committedRegion().address + 15, ...word].reduce<QM31>(
        (rest, value, j) => Q.sub(rest, Q.scale(Q.pow(challenges.gamma, j + 1), value)),
        Q.sub(challenges.z, Q.from(read.id)),
      );
    const others = Q.add(
      first.instances.reduce((sum, instance) => Q.add(sum, sumOf(instance, challenges)), publicSum(terms, challenges)),
      Q.inverse(tuple([])),
    );
    const second = await attempt(solved(committedRegion().address + 15, Q.inverse(others), challenges));
    const instances = second.instances.map(({ type, logSize, base, data, page = 0 }) => ({ type, logSize, base, data, page }));
    try {
      verify({ machine: MACHINE, profile, statement: second.statement, instances, publicTerms: terms }, new ProofReader(second.words));
      return 'accepted';
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  }

  test('a transcript that forgets the root takes any outputs; one that takes it in does not', async () => {
    expect(await forged(true)).toBe('accepted');
    expect(await forged(false)).toBe('ZK0211');
  });
});
