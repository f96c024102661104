// Networks of known architectures with random weights, as ONNX graphs in memory: what the compiler's costs are measured on.
// Source: He et al., arXiv:1512.03385 (ResNet-18); Radford et al., 2019 (a block of GPT-2). Caveat: outputs mean nothing, costs are what counts.

import type { RealTensors } from '../compiler/graph/reference.ts';
import type { OnnxNode } from '../compiler/onnx/graph.ts';
import type { OnnxModel } from '../compiler/onnx/model.ts';
import { elementsOf, real } from '../compiler/onnx/tensor.ts';

/** A model and one input to calibrate it on. */
export interface RandomNetwork {
  model: OnnxModel;
  calibration: RealTensors[];
}

/** far below every score */
const FORBIDDEN = -20;

class Draft {
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: OnnxModel['initializers'] = new Map();
  #state = 12345;

  random(): number {
    this.#state = (Math.imul(this.#state, 1103515245) + 12345) & 0x7fffffff;
    return this.#state / 2 ** 30 - 1;
  }

  /** random numbers with a standard deviation of about 1 / √(3 · fan) */
  weights(shape: number[], fan: number, offset = 0): string {
    const name = `w${this.#initializers.size}`;
    const size = 1 / Math.sqrt(fan);
    this.#initializers.set(
      name,
      real(
        shape,
        Float64Array.from({ length: elementsOf(shape) }, () => offset + size * this.random()),
      ),
    );
    return name;
  }

  list(values: number[]): string {
    const name = `s${this.#initializers.size}`;
    this.#initializers.set(name, { shape: [values.length], data: Float64Array.from(values), kind: 'integer' });
    return name;
  }

  /** what is added to scores so that no token looks ahead */
  causal(tokens: number): string {
    const name = `m${this.#initializers.size}`;
    const data = Float64Array.from({ length: tokens * tokens }, (_, i) => (i % tokens > Math.floor(i / tokens) ? FORBIDDEN : 0));
    this.#initializers.set(name, real([tokens, tokens], data));
    return name;
  }

  node(operator: string, inputs: string[], attributes: Record<string, number | number[] | string> = {}): string {
    const index = this.#nodes.length;
    const out = `v${index}`;
    this.#nodes.push({
      index,
      name: `${operator}_${index}`,
      operator,
      domain: '',
      inputs,
      outputs: [out],
      attributes: new Map(Object.entries(attributes)),
    });
    return out;
  }

  finish(name: string, input: number[], output: string, amplitude: number): RandomNetwork {
    const x = { name: 'x', shape: input, elementType: 1 };
    const data = Float64Array.from({ length: elementsOf(input) }, () => amplitude * this.random());
    return {
      model: {
        name,
        opsets: new Map([['', 17]]),
        nodes: this.#nodes,
        initializers: this.#initializers,
        inputs: [x],
        outputs: [{ name: output, shape: undefined, elementType: 1 }],
      },
      calibration: [{ x: { shape: input, data } }],
    };
  }
}

/** ResNet-18: 11.7 million parameters; BatchNormalization folded into the convolutions' biases. @param size pixels a side */
export function resnet18(size = 224): RandomNetwork {
  const draft = new Draft();
  const convolution = (x: string, inputs: number, outputs: number, kernel: number, stride: number): string => {
    const pad = kernel >> 1;
    const weights = [draft.weights([outputs, inputs, kernel, kernel], (inputs * kernel * kernel) / 3), draft.weights([outputs], 100)];
    return draft.node('Conv', [x, ...weights], { strides: [stride, stride], pads: [pad, pad, pad, pad] });
  };
  let x = draft.node('Relu', [convolution('x', 3, 64, 7, 2)]);
  x = draft.node('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  let channels = 64;
  for (const [stage, outputs] of [64, 128, 256, 512].entries())
    for (let block = 0; block < 2; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const inner = draft.node('Relu', [convolution(x, channels, outputs, 3, stride)]);
      const short = channels === outputs ? x : convolution(x, channels, outputs, 1, stride);
      x = draft.node('Relu', [draft.node('Add', [convolution(inner, outputs, outputs, 3, 1), short])]);
      channels = outputs;
    }
  const pooled = draft.node('Flatten', [draft.node('GlobalAveragePool', [x])]);
  const y = draft.node('Gemm', [pooled, draft.weights([1000, 512], 512), draft.weights([1000], 100)], { transB: 1 });
  return draft.finish('resnet18', [1, 3, size, size], y, 1);
}

/** Blocks of GPT-2 (768 wide, 12 heads), causal attention included. @param tokens in the context @param blocks behind each other */
export function gpt2Block(tokens = 32, width = 768, heads = 12, blocks = 1): RandomNetwork {
  const draft = new Draft();
  const dense = (x: string, from: number, to: number): string =>
    draft.node('Add', [draft.node('MatMul', [x, draft.weights([from, to], from)]), draft.weights([to], 100)]);
  const normal = (x: string): string =>
    draft.node('LayerNormalization', [x, draft.weights([width], 100, 1), draft.weights([width], 100)], { axis: -1 });
  const split = (x: string): string =>
    draft.node('Transpose', [draft.node('Reshape', [x, draft.list([1, tokens, heads, width / heads])])], { perm: [0, 2, 1, 3] });
  const block = (before: string): string => {
    const n = normal(before);
    const [q, k, v] = [0, 1, 2].map(() => split(dense(n, width, width))) as [string, string, string];
    const scores = draft.node('MatMul', [q, draft.node('Transpose', [k], { perm: [0, 1, 3, 2] })]);
    const scale = draft.weights([1], 2 ** 40, Math.sqrt(heads / width));
    const masked = draft.node('Add', [draft.node('Mul', [scores, scale]), draft.causal(tokens)]);
    const weighted = draft.node('MatMul', [draft.node('Softmax', [masked], { axis: -1 }), v]);
    const joined = draft.node('Reshape', [draft.node('Transpose', [weighted], { perm: [0, 2, 1, 3] }), draft.list([1, tokens, width])]);
    const x = draft.node('Add', [dense(joined, width, width), before]);
    const inner = draft.node('Gelu', [dense(normal(x), width, 4 * width)], { approximate: 'tanh' });
    return draft.node('Add', [dense(inner, 4 * width, width), x]);
  };
  let y = 'x';
  for (let i = 0; i < blocks; i++) y = block(y);
  return draft.finish('gpt2-block', [1, tokens, width], y, 1);
}
