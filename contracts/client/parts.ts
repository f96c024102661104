// Calldata of `verify` by what they are for: what is claimed, what the prover committed to, what he says at a point, what is opened. Source: the labels of
// PCS.md §10, which the prover's and the verifier's streams share. Caveat: gas does not follow felts: a digest costs a compression, a cell some additions.
import { calldataFelts, type StreamItem } from '../../fri/pcs/stream.ts';
import { flatCalldata, type VerifyCall } from './calldata.ts';

/**
 * What felts of a call are for: `statement` (model, sizes, tensors, context, lengths), `commitments` (roots, a shard's sum of the lookups, proofs of
 * work), `samples` (columns at the point that was drawn), `cells` (rows of the four trees at the queries), `folds` (values of the folded layers),
 * `digests` (paths of all trees).
 * @example const name: CalldataPartName = 'cells';
 */
export type CalldataPartName = 'statement' | 'commitments' | 'samples' | 'cells' | 'folds' | 'digests';

/**
 * A part of a call, and its felts.
 * @example const part: CalldataPart = { name: 'cells', felts: 902 };
 */
export interface CalldataPart {
  readonly name: CalldataPartName;
  readonly felts: number;
}

const PATTERNS: readonly (readonly [RegExp, CalldataPartName])[] = [
  [/^samples$/, 'samples'],
  [/ rows$/, 'cells'],
  [/ values$|^last layer$/, 'folds'],
  [/ witness$/, 'digests'],
  [/ root$|^sum$|^(interaction|deep|fold \d+|query)$/, 'commitments'],
];
const ORDER: readonly CalldataPartName[] = ['statement', 'commitments', 'samples', 'cells', 'folds', 'digests'];

function partOf({ label }: StreamItem): CalldataPartName {
  const found = PATTERNS.find(([pattern]) => pattern.test(label));
  if (!found) throw new Error(`no part of the calldata has "${label}"`);
  return found[1];
}

/** The parts of a `verify` call, in the order of `CalldataPartName`; together they are all of its felts. */
export function partsOf(call: VerifyCall): CalldataPart[] {
  const felts = new Map(ORDER.map((name) => [name, 0]));
  felts.set('statement', flatCalldata(call).length - call.proof.length);
  for (const item of call.items) felts.set(partOf(item), felts.get(partOf(item))! + calldataFelts([item]));
  return ORDER.map((name) => ({ name, felts: felts.get(name)! }));
}
