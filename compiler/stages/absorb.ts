// Factors of elements move into the weights of what reads them: a stage that only multiplies elements of a tensor by numbers, marked as such, is read past
// by every term that can take the factors, and left out where nobody reads it any more. Source: DESIGN §6.
// Caveat: a term with one weight for all elements takes only equal factors; then the product is computed and stored with one step.
import type { View } from '../layout/view.ts';
import { broadcastTo, real } from '../onnx/tensor.ts';
import type { LinearStage, Stage, StageGraph } from './stage.ts';
import { isProduct, kindOf, type Term } from './terms/index.ts';

/** A stage that multiplies the elements of a view by factors. */
interface Product {
  source: View;
  factors: Float64Array;
}

function productOf(stage: Stage): Product | undefined {
  if (stage.kind !== 'linear' || stage.terms.length !== 1 || stage.constant || stage.functions.length > 0 || stage.exact) return undefined;
  const [term] = stage.terms as [Term];
  if (term.kind !== 'scale') return undefined;
  return { source: term.source, factors: broadcastTo(real(term.factorShape, term.weights), stage.shape) };
}

/** The term reading what a product reads, with the factors in its weights; undefined where it cannot. */
function past(term: Term, { source, factors }: Product): Term | undefined {
  const { index } = term.source;
  const own = index ? Float64Array.from(index, (e) => factors[e]!) : factors;
  const absorbed = kindOf(term).absorbed(term, own);
  const places = index && source.index ? index.map((e) => source.index![e]!) : (index ?? source.index);
  return absorbed && ({ ...absorbed, source: { root: source.root, ...(places && { index: places }) } } as Term);
}

/** @param values ONNX values whose stages are such products */
export function withAbsorbed(graph: StageGraph, values: ReadonlySet<string>): StageGraph {
  const products = new Map<string, Product>();
  const stages = graph.stages.map((stage): Stage => {
    const product = values.has(stage.value) ? productOf(stage) : undefined;
    if (product) products.set(stage.id, product);
    if (stage.kind === 'maximum') return stage;
    const terms = stage.terms.map((term) => {
      const read = products.get(term.source.root);
      return (read && !isProduct(term) && past(term, read)) || term;
    });
    return { ...stage, terms } satisfies LinearStage;
  });
  // from the last one on: what only products read that nobody reads is read by nobody
  const needed = new Set(graph.outputs.map(({ view }) => view.root));
  const kept = [...stages].reverse().filter((stage) => {
    if (products.has(stage.id) && !needed.has(stage.id)) return false;
    const terms = stage.kind === 'linear' ? stage.terms : [];
    for (const { root } of stage.kind === 'maximum'
      ? [stage.source]
      : terms.flatMap((t) => (isProduct(t) ? [t.source, t.other] : [t.source])))
      needed.add(root);
    return true;
  });
  return { ...graph, stages: kept.reverse() };
}
