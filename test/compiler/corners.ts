// Inputs at the corners of a model's declared range: what drives accumulators farthest. Caveat: the sign pattern looks at one output of the
// first layer that reads the input; later layers get whatever that makes.

import { elementsOf } from '../../compiler/onnx/tensor.ts';
import type { StageGraph } from '../../compiler/stages/stage.ts';
import type { Term } from '../../compiler/stages/terms/index.ts';
import type { IntegerTensors, Program, Region } from '../../vm/program/types.ts';

/** for every element of the term's source the sign of a weight that multiplies it for one output, 1 where there is none */
function signs(term: Term, count: number): Int8Array {
  const list = new Int8Array(count).fill(1);
  const at = (element: number): number => term.source.index?.[element] ?? element;
  if (term.kind === 'dense')
    for (const from of term.from)
      for (let k = 0; k < term.depth; k++) list[at(from + k * term.depthStride)] = term.weights[k * term.outputs]! < 0 ? -1 : 1;
  else if (term.kind === 'convolution') {
    // windows that stand side by side each see the kernel's own signs
    const { samples, channels, group, height, width, kernelHeight, kernelWidth } = term;
    for (let e = 0; e < samples * channels * height * width; e++) {
      const [x, y, c] = [e % width, Math.floor(e / width) % height, Math.floor(e / width / height) % (channels / group)];
      list[at(e)] = term.weights[(c * kernelHeight + (y % kernelHeight)) * kernelWidth + (x % kernelWidth)]! < 0 ? -1 : 1;
    }
  } else for (let e = 0; e < count; e++) list[e] = e % 2 ? -1 : 1;
  return list;
}

/** Names and inputs: all lo, all hi, and both ends by the sign of the first layer's weights, one way and the other. */
export function cornerInputs(program: Program, graph: StageGraph): [name: string, inputs: IntegerTensors][] {
  const fill = (value: (region: Region, element: number, pattern: Int8Array) => number): IntegerTensors =>
    Object.fromEntries(
      program.inputs.map((region) => {
        const count = elementsOf(region.shape);
        const term = graph.stages
          .flatMap((stage) => (stage.kind === 'linear' ? stage.terms : []))
          .find(({ source }) => source.root === region.name);
        const pattern = term ? signs(term, count) : new Int8Array(count).fill(1);
        return [region.name, Int32Array.from({ length: count }, (_, e) => value(region, e, pattern))];
      }),
    );
  return [
    ['the lowest value everywhere', fill(({ lo }) => lo)],
    ['the highest value everywhere', fill(({ hi }) => hi)],
    ["the signs of the first layer's weights", fill(({ lo, hi }, e, pattern) => (pattern[e]! > 0 ? hi : lo))],
    ['the opposite signs', fill(({ lo, hi }, e, pattern) => (pattern[e]! > 0 ? lo : hi))],
  ];
}
