// A record's only tree, changed: what tests of records and of the contract forge. Caveat: for records of one tree.
import type { FixedTree, ModelRecord } from '../../vm/statement/record.ts';

export const treeOf = ({ trees }: Pick<ModelRecord, 'trees'>): FixedTree => trees[0]!;

/** the part of a record that differs when its tree does */
export const withTree = (record: Pick<ModelRecord, 'trees'>, change: Partial<FixedTree>): Pick<ModelRecord, 'trees'> => ({
  trees: [{ ...treeOf(record), ...change }],
});
