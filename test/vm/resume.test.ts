// A proof in shards that is stopped and gone on with: what is kept is used, what is damaged is made again, and pieces of other proofs are left
// alone. Source: vm/resume.ts. Caveat: the plain backend, and a program that is cut very small.
import { beforeAll, describe, expect, test } from 'vitest';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { wasmBackend } from '../../gpu/wasm/backend.ts';
import { cellCount } from '../../vm/chips/cells.ts';
import { planShards } from '../../vm/chips/shards.ts';
import { planInstances } from '../../vm/chips/split.ts';
import { type Execution, execute } from '../../vm/executor/run.ts';
import { decodeProofFile, encodeProofFile, joinProofFiles } from '../../vm/files/proof.ts';
import { freeShard, heldShard, proofBeginning, provableRun, proveExecution, shardPart, shardRoot } from '../../vm/prove.ts';
import { type PieceStore, proveResumably } from '../../vm/resume.ts';
import { type PreparedModel, prepareModel } from '../../vm/statement/model.ts';
import { verifyProof, verifyProofPart } from '../../vm/verify.ts';
import { code } from '../failure.ts';
import { EXAMPLES } from './programs.ts';

const profile = PROFILES.test;
/** pieces in memory; it may refuse to write, as a full disk does */
function pieces(): PieceStore & { files: Map<string, Uint8Array>; writesLeft: number } {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    writesLeft: Number.POSITIVE_INFINITY,
    read: (name) => files.get(name),
    write(name, bytes) {
      if (this.writesLeft-- <= 0) throw new Error('disk full');
      files.set(name, bytes.slice());
    },
    remove: (name) => void files.delete(name),
  };
}

/** changes the only piece whose name ends so */
function damage(files: Map<string, Uint8Array>, end: string, change: (bytes: Uint8Array) => Uint8Array): void {
  const [name, bytes] = [...files].find(([key]) => key.endsWith(end))!;
  files.set(name, change(bytes));
}

/** columns that differ every time: a run that is not the same twice */
function fillsOnce(): (columns: readonly Uint32Array[]) => void {
  let times = 0;
  return (columns) => columns[0]!.fill(++times);
}

let model: PreparedModel;
let run: Execution;
let shards: ReturnType<typeof planShards>;
let whole: Uint8Array;

beforeAll(async () => {
  const { program, inputs } = EXAMPLES.map((make) => make()).find(({ name }) => name.startsWith('conv LEAD'))!;
  model = await prepareModel(program, profile, jsBackend());
  run = execute(program, inputs);
  shards = planShards(run, profile, cellCount(planInstances(run, profile)) / 3);
  whole = (await proveExecution(model, run, { shards })).bytes;
});

test('in one go it has the bytes that it has without a store, and leaves nothing there', async () => {
  expect(shards.length).toBeGreaterThan(2);
  const store = pieces();
  const { bytes, found } = await proveResumably(model, run, store, { shards });
  expect(found).toBe(0);
  expect(bytes).toEqual(whole);
  expect(store.files.size).toBe(0);
  expect(code(() => verifyProof(model, bytes, [profile]))).toBe('accepted');
});

describe('stopped and called again', () => {
  /** a store after a proof that could write so many pieces */
  async function stopped(writes: number): Promise<ReturnType<typeof pieces>> {
    const store = pieces();
    store.writesLeft = writes;
    await expect(proveResumably(model, run, store, { shards })).rejects.toThrow('disk full');
    store.writesLeft = Number.POSITIVE_INFINITY;
    return store;
  }

  test('it goes on wherever it was stopped: after a root, the beginning, a part', async () => {
    const all = 2 * shards.length + 1;
    for (let writes = 0; writes < all; writes++) {
      const store = await stopped(writes);
      expect(store.files.size).toBe(writes);
      const { bytes, found } = await proveResumably(model, run, store, { shards });
      expect(found).toBe(Math.max(0, writes - shards.length - 1));
      expect(bytes).toEqual(whole);
    }
  });

  test('a part that was damaged, or is of another shard, is made again', async () => {
    const changes: ((part: Uint8Array, others: Map<string, Uint8Array>) => Uint8Array)[] = [
      (part) => part.map((byte, i) => (i === part.length - 5 ? byte ^ 1 : byte)),
      (part) => part.slice(0, part.length / 2),
      () => new Uint8Array(0),
      (_, others) => [...others].find(([name]) => name.endsWith('.part1'))![1],
    ];
    for (const change of changes) {
      const store = await stopped(shards.length + 1 + 2);
      const [name, part] = [...store.files].find(([key]) => key.endsWith('.part0'))!;
      store.files.set(name, change(part, store.files));
      const { bytes, found } = await proveResumably(model, run, store, { shards });
      expect(found).toBe(1);
      expect(bytes).toEqual(whole);
    }
  });

  test.each<[string, (shards: number) => number, (files: Map<string, Uint8Array>) => void]>([
    ['a root', () => 1, (files) => damage(files, '.root0', (bytes) => bytes.with(3, bytes[3]! ^ 1))],
    [
      'a root in the beginning',
      (count) => count + 1,
      (files) => damage(files, '.beginning', (bytes) => bytes.with(-12, bytes.at(-12)! ^ 1)),
    ],
    [
      'the nonce in the beginning',
      (count) => count + 1,
      (files) => damage(files, '.beginning', (bytes) => bytes.with(-1, bytes.at(-1)! ^ 1)),
    ],
  ])('%s that was damaged: all is made anew, also the part that fits it no more', async (_, writes, harm) => {
    const store = await stopped(writes(shards.length));
    harm(store.files);
    expect((await proveResumably(model, run, store, { shards })).bytes).toEqual(whole);
    expect(store.files.size).toBe(0);
  });

  test('a fault of the run itself is told, and not tried again', async () => {
    const store = pieces();
    const [first, ...rest] = shards;
    const failing = [first!.map((instance, i) => (i === 0 ? { ...instance, fill: fillsOnce() } : instance)), ...rest];
    await expect(proveResumably(model, run, store, { shards: failing })).rejects.toThrow('another way');
  });

  test('what another proof has kept is neither used nor removed', async () => {
    const store = await stopped(shards.length + 2);
    const context = new TextEncoder().encode('another');
    const { found } = await proveResumably(model, run, store, { shards, context });
    expect(found).toBe(0);
    expect(store.files.size).toBe(shards.length + 2);
  });
});

describe('by pieces, as several workers make it', () => {
  test('is the same proof, and each part is accepted by itself and by no other name', async () => {
    const provable = await provableRun(model, run, { shards });
    const roots = await Promise.all(shards.map((_, shard) => shardRoot(provable, shard)));
    const beginning = await proofBeginning(provable, roots);
    const parts = [];
    for (const shard of shards.keys()) parts.push(await shardPart(provable, beginning, shard));
    expect(encodeProofFile(joinProofFiles([beginning, ...parts]))).toEqual(whole);
    for (const part of parts) expect(code(() => verifyProofPart(model, part, [profile]))).toBe('accepted');
    const [first, second] = parts;
    const renamed = { ...first!, parts: [{ shard: 1, words: first!.parts[0]!.words }] };
    expect(code(() => verifyProofPart(model, renamed, [profile]))).not.toBe('accepted');
    expect(code(() => verifyProofPart(model, joinProofFiles([first!, second!]), [profile]))).toBe('ZK0332');
    expect(code(() => verifyProofPart(model, beginning, [profile]))).toBe('ZK0332');
    expect(code(() => verifyProof(model, encodeProofFile(joinProofFiles([first!])), [profile]))).toBe('ZK0332');
  });

  test('columns that were held for the second phase make the same part, and whatever comes of it, none are left', async () => {
    const wasm = await wasmBackend();
    try {
      const { program } = EXAMPLES.map((make) => make()).find(({ name }) => name.startsWith('conv LEAD'))!;
      const own = await prepareModel(program, profile, wasm);
      const provable = await provableRun(own, run, { shards });
      const used = (): number => wasm.memory().usedBytes;
      const before = used();
      const all = [];
      for (const shard of shards.keys()) all.push(await heldShard(provable, shard));
      expect(used()).toBeGreaterThan(before);
      const beginning = await proofBeginning(
        provable,
        all.map(({ tree }) => tree.root),
      );
      const parts = [];
      for (const [shard, held] of all.entries()) parts.push(await shardPart(provable, beginning, shard, held));
      expect(encodeProofFile(joinProofFiles(parts))).toEqual(whole);
      const after = used(); // tables that every proof uses stay
      // of another shard: the root says so
      await expect(shardPart(provable, beginning, 0, await heldShard(provable, 1))).rejects.toThrow('another way');
      freeShard(provable, await heldShard(provable, 0));
      expect(used()).toBe(after);
    } finally {
      wasm.close();
    }
  });

  test('a root that is not the shard’s ends its part, and words that moved between parts end the proof', async () => {
    const provable = await provableRun(model, run, { shards });
    const roots = await Promise.all(shards.map((_, shard) => shardRoot(provable, shard)));
    const wrong = await proofBeginning(provable, [roots[1]!, roots[0]!, ...roots.slice(2)]);
    await expect(shardPart(provable, wrong, 0)).rejects.toThrow('another way');
    const file = decodeProofFile(whole);
    const [first, second, ...rest] = file.parts;
    const moved = [
      { ...first!, words: first!.words.slice(0, -1) },
      { ...second!, words: Uint32Array.of(first!.words.at(-1)!, ...second!.words) },
      ...rest,
    ];
    expect(code(() => verifyProof(model, encodeProofFile({ ...file, parts: moved }), [profile]))).not.toBe('accepted');
  });
});
