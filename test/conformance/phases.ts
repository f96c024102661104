// What every step of the protocol makes, as digests: two backends that differ are told apart by the first step and operation whose
// results differ, not only by their proofs. Wraps the seam (fri/backend/seam.ts), so any backend can be watched, in a browser too.
// Caveat: committed values are digested through a tree of their own, a second hash of every column; memory estimates do not know it.
import type { Backend, Block, Layer, Opening, Tree } from '../../fri/backend/seam.ts';
import { type Digest, digestToHex, leafDigest } from '../../fri/core/digest.ts';
import * as Q from '../../fri/core/qm31.ts';

/** one result that the host can see, or the digest of one that stays in the backend's memory */
export interface PhaseDigest {
  /** the step of the protocol that asked for it (air/prove.ts, `onStep`); `model` before the proof starts */
  phase: string;
  /** operation, its number within the phase, and the shape of what it made */
  what: string;
  /** 62 hexadecimal digits */
  digest: string;
}

export interface Watched {
  backend: Backend;
  /** in the order of the calls */
  digests: PhaseDigest[];
  /** to be called when a step is finished: what was asked for since the last one belongs to it */
  endStep(phase: string): void;
}

const hex = (words: ArrayLike<number>): string => digestToHex(leafDigest(words));
/** the digest of several lists: of their digests */
const hexOfLists = (lists: readonly ArrayLike<number>[]): string => hex(lists.flatMap((words) => [...leafDigest(words)]));
const shapeOf = ({ columns, logSize }: Block): string => `${columns} columns of 2^${logSize}`;
const openingHex = ({ words, witnesses }: Opening): string => hexOfLists([words, witnesses]);

/** a digest as long as a table has room for */
export const short = (digest: string): string => digest.slice(0, 10);

/** one digest for a list of them */
export const digestOfPhases = (digests: readonly PhaseDigest[]): string =>
  hex([...digests.map(({ phase, what, digest }) => `${phase} ${what} ${digest}`).join('\n')].map((letter) => letter.charCodeAt(0)));

/** Watches a backend: the returned one does the same work and notes what comes out. */
export function watch(backend: Backend): Watched {
  const digests: PhaseDigest[] = [];
  let finished = 0;
  const calls = new Map<string, number>();

  /** the place of a result is taken when it is asked for: several may be under way at once */
  const place = (operation: string): ((digest: string, detail?: string) => void) => {
    const number = calls.get(operation) ?? 0;
    calls.set(operation, number + 1);
    const entry: PhaseDigest = { phase: '', what: `${operation} ${number}`, digest: '' };
    digests.push(entry);
    return (digest, detail) => {
      entry.digest = digest;
      if (detail !== undefined) entry.what += `, ${detail}`;
    };
  };
  /** root of a tree over one block: a digest of all its values wherever they are */
  const rootOf = async (block: Block): Promise<Digest> => {
    const tree = await backend.commit([block]);
    backend.free(tree);
    return tree.root;
  };
  const layerHex = async (layer: Layer): Promise<string> => hexOfLists(await backend.read(layer));
  const noted = async <T>(operation: string, result: Promise<T>, digest: (value: T) => string, detail?: string): Promise<T> => {
    const note = place(operation);
    const value = await result;
    note(digest(value), detail);
    return value;
  };
  const treeHex = ({ root }: Tree): string => digestToHex(root);

  const watched: Backend = {
    ...backend,
    upload(columns, logSize) {
      // before the backend may take the columns over
      place('trace')(hexOfLists(columns), shapeOf({ columns: columns.length, logSize }));
      return backend.upload(columns, logSize);
    },
    ...(backend.fill
      ? {
          fill: (shapes, write) =>
            backend.fill!(shapes, (columns) => {
              write(columns);
              for (const [i, list] of columns.entries()) place('trace')(hexOfLists(list), shapeOf(shapes[i]!));
            }),
        }
      : {}),
    async extend(coefficients, logBlowup) {
      const note = place('values');
      const values = await backend.extend(coefficients, logBlowup);
      note(digestToHex(await rootOf(values)), shapeOf(values));
      return values;
    },
    commit: (evaluations) => noted('root', backend.commit(evaluations), treeHex),
    async runningSum(steps) {
      const note = place('sum');
      const sum = await backend.runningSum(steps);
      return async () => {
        const value = await sum();
        note(hex(value));
        return value;
      };
    },
    async sample(coefficients, logSize, point, columns) {
      const note = place('samples');
      const values = await backend.sample(coefficients, logSize, point, columns);
      // entries that were not asked for mean nothing
      const wanted = values.map((list, i) => (columns ? columns[i]!.flatMap((c) => Q.at(list, c)) : [...list]));
      note(hex(wanted.flat()));
      return values;
    },
    async deep(evaluations, batches, logSize) {
      const note = place('deep quotient');
      const layer = await backend.deep(evaluations, batches, logSize);
      note(await layerHex(layer), `2^${logSize} values`);
      return layer;
    },
    commitLayer: (layer, foldLog) => noted('layer root', backend.commitLayer(layer, foldLog), treeHex),
    async fold(layer, foldLog, circle, alpha) {
      const note = place('folded layer');
      const folded = await backend.fold(layer, foldLog, circle, alpha);
      note(await layerHex(folded), `2^${folded.logSize} values`);
      return folded;
    },
    read: (layer) => noted('read', backend.read(layer), hexOfLists),
    open: (tree, positions) => noted('opening', backend.open(tree, positions), openingHex),
    openLayer: (tree, layer, cosets, known) => noted('layer opening', backend.openLayer(tree, layer, cosets, known), openingHex),
    grind: (digest, bits) => noted('nonce', backend.grind(digest, bits), (nonce) => hex(nonce), `${bits} bits`),
  };
  return {
    backend: watched,
    digests,
    endStep(phase) {
      for (const entry of digests.slice(finished)) entry.phase = phase;
      finished = digests.length;
      calls.clear();
    },
  };
}

/** the first result that is not the law's; undefined when all are */
export function firstDifference(law: readonly PhaseDigest[], other: readonly PhaseDigest[]): PhaseDigest | undefined {
  for (const [i, expected] of law.entries()) {
    const got = other[i];
    if (!got) return { ...expected, digest: 'nothing' };
    if (got.phase !== expected.phase || got.what !== expected.what || got.digest !== expected.digest) return got;
  }
  return other[law.length];
}
