// Outputs of which a contract must not compare integers: those with a scale for each index of an axis. A contract sees integers and one range a region,
// and no scales. Source: contracts/README.md "What a contract sees". Caveat: whether somebody compares them is not known here; it is said beside the id
// that is registered.

import type { Metadata } from '../../vm/program/types.ts';

/** names of the outputs whose integers stand for numbers of several steps */
export const unevenOutputs = ({ encodings = [] }: Pick<Metadata, 'encodings'>): string[] =>
  encodings.filter((rule) => rule.of === 'output' && 'scales' in rule && new Set(rule.scales).size > 1).map(({ name }) => name);

/** a line for each of them */
export const unevenLines = (metadata: Pick<Metadata, 'encodings'>): string[] =>
  unevenOutputs(metadata).map(
    (name) =>
      `warning: integers of output "${name}" do not compare: each channel has a scale of its own (zkvm inspect), which a contract that takes the largest of them does not know`,
  );
