// The integers of one sample for several: ranges, scales and weights stay, shapes change. Source: AIR.md §6 (lanes).
// Caveat: a model whose stages for several samples are others than for one is refused.
import { ZkvmError } from '../../fri/core/errors.ts';
import type { StageGraph } from '../stages/stage.ts';
import { kindOf } from '../stages/terms/index.ts';
import type { IntegerGraph, IntegerStage } from './integer-graph.ts';

/** The same integers for a graph that differs only in the number of samples. @throws ZK0517 where it differs in more */
export function forBatch({ stages, quantities, coarse, again }: IntegerGraph, graph: StageGraph): IntegerGraph {
  const other = graph.stages.find((stage, i) => stages[i]?.stage.id !== stage.id) ?? stages[graph.stages.length]?.stage;
  if (other)
    throw new ZkvmError('unsupported', 'ZK0517', {
      what: 'the model cannot be compiled for several samples at once',
      where: other.where,
      why: 'for several samples it is computed in other steps than for one',
      fix: 'compile it without a batch',
    });
  const batched = graph.stages.map((stage, i): IntegerStage => {
    const integer = stages[i]!;
    if (integer.kind === 'maximum' || stage.kind === 'maximum') return { ...integer, stage } as IntegerStage;
    const weights = stage.terms.map((term, t) => {
      // a factor per element is as long as the result
      if (kindOf(term).elements.are !== 'scaled' || term.weights.length === integer.weights[t]!.length) return integer.weights[t]!;
      return term.weights.map((w) => Math.round((w * quantities.get(term.source.root)!.scale) / integer.unit));
    });
    // a constant for every element is as long as the result too
    return { ...integer, stage, weights, constant: integer.constantFor(stage) };
  });
  return { graph, stages: batched, quantities, again, ...(coarse && { coarse }) };
}
