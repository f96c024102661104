// Graph -> stages: every node adds its own, and what the program has to store must fit before anything is evaluated.
// Source: DESIGN §6. Caveat: a stage is what one table follows, so a node may be several, or part of its neighbour's.
import { LANES } from '../../vm/program/isa.ts';
import type { Graph } from '../graph/node.ts';
import { at, requireRam, within } from '../onnx/budget.ts';
import { elementsOf } from '../onnx/tensor.ts';
import { withAbsorbed } from '../stages/absorb.ts';
import { StageBuilder, type StageGraph } from '../stages/stage.ts';

/** Fuses the graph's nodes into stages. */
export function stagesOf(graph: Graph): StageGraph {
  const known = [...graph.constants.values()].reduce((sum, { data }) => sum + data.length, 0);
  return within(known, () => staged(graph));
}

function staged(graph: Graph): StageGraph {
  const builder = new StageBuilder(graph.shapes, graph.constants, graph.uses, graph.whole, graph.known, graph.roles);
  for (const { name, limits, complete, bits, range } of graph.inputs) builder.input(name, { limits, complete, bits, range });
  for (const { context, operator } of graph.nodes) {
    builder.where = context.where;
    at(context.where, () => operator.stage(context, builder));
  }
  builder.where = 'graph output';
  const finished = builder.finish(graph.outputs.map(({ name }) => name));
  const stages = graph.scaled ? withAbsorbed(finished, graph.scaled) : finished;
  // before anything is evaluated: every stage stores its result, 16 elements a word at best
  let words = graph.inputs.reduce((sum, { shape }) => sum + Math.ceil(elementsOf(shape) / LANES), 0);
  for (const { shape, where } of stages.stages) {
    words += Math.ceil(elementsOf(shape) / LANES);
    requireRam(words, where);
  }
  return stages;
}
