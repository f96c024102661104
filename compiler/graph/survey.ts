// What the samples show of every value of a graph: the range of its ordinary elements, and its large ones, which may be masks. The graph is evaluated
// as ONNX says, with float32's own rounding of sums, so that it is seen what a mask leaves of a score. Source: float32 has 24 digits.
// Caveat: it knows only values that the samples have; large ones that none of them reaches are no masks here.
import { eachOf, type Steps } from '../onnx/steps.ts';
import type { Tensor } from '../onnx/tensor.ts';
import type { Graph, GraphNode } from './node.ts';
import { evaluating, type RealTensors } from './reference.ts';

/** absolute values from here on may be masks */
export const LARGE = 1000;
/** values that a masking input may have besides small ones */
export const MASKING_VALUES = 2;

/** What the samples showed of a value. */
export interface Seen {
  /** range of the elements that are not large */
  low: number;
  high: number;
  /** least absolute value of large negative and positive elements; infinite without any */
  below: number;
  above: number;
  /** large values, a few of them */
  values: Set<number>;
  unknown: boolean;
}

function seen(): Seen {
  const { POSITIVE_INFINITY: infinite } = Number;
  return { low: infinite, high: -infinite, below: Number.NaN, above: Number.NaN, values: new Set(), unknown: false };
}

function note(found: Seen, { data }: Tensor): void {
  for (const x of data) {
    if (Number.isNaN(x)) found.unknown = true;
    else if (Math.abs(x) < LARGE) {
      if (x < found.low) found.low = x;
      if (x > found.high) found.high = x;
    } else {
      const side = x < 0 ? 'below' : 'above';
      if (!(found[side] <= Math.abs(x))) found[side] = Math.abs(x);
      if (found.values.size <= MASKING_VALUES) found.values.add(x);
    }
  }
}

/** least absolute value of large elements */
export const leastLarge = ({ below = Number.NaN, above = Number.NaN }: Partial<Seen> = {}): number =>
  Math.min(Number.isNaN(below) ? Number.POSITIVE_INFINITY : below, Number.isNaN(above) ? Number.POSITIVE_INFINITY : above);

export const isLarge = (found: Seen | undefined): boolean =>
  found !== undefined && !(Number.isNaN(found.below) && Number.isNaN(found.above));

/** Everything about the values of one graph. */
export interface Survey {
  graph: Graph;
  seen: Map<string, Seen>;
  readers: Map<string, GraphNode[]>;
  makers: Map<string, GraphNode>;
}

export function* survey(graph: Graph, samples: readonly RealTensors[]): Steps<{ found: Survey; outputs: Map<string, Tensor>[] }> {
  const values = new Map<string, Seen>();
  const visit = (name: string, tensor: Tensor): void => {
    if (tensor.kind !== 'real') return;
    const found = values.get(name) ?? seen();
    note(found, tensor);
    values.set(name, found);
  };
  for (const [name, tensor] of graph.constants) if (graph.uses.has(name)) visit(name, tensor);
  const outputs = yield* eachOf(samples, (sample, i) => evaluating(graph, sample, visit, `calibration sample ${i}`));
  const readers = new Map<string, GraphNode[]>();
  const makers = new Map<string, GraphNode>();
  for (const node of graph.nodes) {
    for (const name of node.context.node.outputs) makers.set(name, node);
    for (const name of new Set(node.context.node.inputs)) readers.set(name, [...(readers.get(name) ?? []), node]);
  }
  return { found: { graph, seen: values, readers, makers }, outputs };
}
