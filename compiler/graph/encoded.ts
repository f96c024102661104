// The graph that reads inputs as a program's metadata says: buckets of what is only compared, features divided by their scales; and the samples in
// those terms. From here on the compiler knows of no other inputs. Source: DESIGN §6. Caveat: the scales of features depend on the samples, buckets do not.

import { encoderOf, stepOf } from '../../vm/program/encoding.ts';
import type { Encoding } from '../../vm/program/types.ts';
import type { Steps } from '../onnx/steps.ts';
import type { Tensor } from '../onnx/tensor.ts';
import { bucketed } from './buckets.ts';
import { channelScales, withChannelScales } from './channels.ts';
import { scaled, withScales } from './features.ts';
import type { Graph } from './node.ts';
import type { RealTensors } from './reference.ts';

export interface EncodedGraph {
  graph: Graph;
  encodings: Encoding[];
  samples: readonly RealTensors[];
}

/** @param target largest error that is good enough */
export function* encodedGraph(graph: Graph, samples: readonly RealTensors[], target: number): Steps<EncodedGraph> {
  const compared = bucketed(graph);
  const inBuckets = encodedSamples(graph, compared.encodings, samples);
  const featured = yield* scaled(compared.graph, inBuckets, target);
  return {
    graph: featured.graph,
    encodings: [...compared.encodings, ...featured.encodings],
    samples: encodedSamples(graph, featured.encodings, inBuckets),
  };
}

/**
 * The graph with a scale for each channel of outputs whose channels differ in size.
 * @param results outputs of every sample
 * @returns undefined where there are no such outputs
 */
export function withOutputScales(encoded: EncodedGraph, results: readonly ReadonlyMap<string, Tensor>[]): EncodedGraph | undefined {
  const found = channelScales(encoded.graph, results);
  if (found.length === 0) return undefined;
  return { ...encoded, graph: withChannelScales(encoded.graph, found), encodings: [...encoded.encodings, ...found] };
}

/** The same for a graph that differs only in the number of samples. */
export const likeEncoded = (graph: Graph, encodings: readonly Encoding[]): Graph =>
  withChannelScales(withScales(bucketed(graph).graph, encodings, new Map()), encodings);

/** The samples in the terms of encodings: buckets, and real numbers divided by scales. */
function encodedSamples({ inputs }: Graph, encodings: readonly Encoding[], samples: readonly RealTensors[]): readonly RealTensors[] {
  if (encodings.length === 0) return samples;
  const encoders = new Map(
    encodings.map((encoding) => {
      const { shape } = inputs.find(({ name }) => name === encoding.name)!;
      const region = { shape: [...shape], scale: 1 };
      const step = stepOf(region, encoding);
      return [encoding.name, 'scales' in encoding ? (x: number, e: number) => x / step(e) : encoderOf(region, encoding)] as const;
    }),
  );
  return samples.map((sample) =>
    Object.fromEntries(
      Object.entries(sample).map(([name, { shape, data }]) => {
        const encode = encoders.get(name);
        // what is no finite number stays, and is refused with its name
        return [name, { shape, data: encode ? Float64Array.from(data, (x, e) => (Number.isFinite(x) ? encode(x, e) : x)) : data }];
      }),
    ),
  );
}
