// A strict program has no value for an accumulator where its table is not what it stands for. Its calibration samples must pass all the same.
// Source: DESIGN §6. Caveat: an input like them may still be refused when it runs; that is what strict is for.

import { ZkvmError } from '../../fri/core/errors.ts';
import type { Graph } from '../graph/node.ts';
import { checkInputs, type RealTensors } from '../graph/reference.ts';
import type { Steps } from '../onnx/steps.ts';
import type { IntegerGraph } from '../quantise/integer-graph.ts';
import { simulating, toIntegers, type Watch } from '../quantise/simulate.ts';
import type { Tables } from '../quantise/tables.ts';

const isIn = (ranges: Int32Array, c: number): boolean => {
  for (let i = 0; i < ranges.length; i += 2) if (c >= ranges[i]! && c < ranges[i + 1]!) return true;
  return false;
};

/** @throws ZK0533 naming the first node that a calibration sample could not pass */
export function* requirePassable(integers: IntegerGraph, graph: Graph, samples: readonly RealTensors[], tables: Tables): Steps<void> {
  for (const [i, sample] of samples.entries()) {
    const where = `calibration sample ${i}`;
    const watch: Watch = ({ slot, stage }, accumulator) => {
      const ranges = tables.exactOf(slot);
      const outside = ranges ? accumulator.reduce((count, c) => count + (isIn(ranges, c) ? 0 : 1), 0) : 0;
      if (outside > 0)
        throw new ZkvmError('unsupported', 'ZK0533', {
          what: `a strict model could not run ${where}`,
          where: stage.where,
          why: `${outside} of ${accumulator.length} values lie where its table saturates or is coarse`,
          fix: 'compile without --strict, or with a smaller --accuracy',
        });
    };
    const inputs = [...checkInputs(graph, sample, where)].map(
      ([name, tensor]) => [name, toIntegers(tensor, integers.quantities.get(name)!)] as const,
    );
    yield* simulating(integers, new Map(inputs), watch);
  }
}
