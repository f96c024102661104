// HannWindow, HammingWindow, BlackmanWindow (ONNX 17): constants, because the size must be known when compiling.
// Source: the formulas of onnx.ai/onnx/operators. Caveat: a computed size is refused.
import { realsOf } from '../onnx/budget.ts';
import { elementsOf } from '../onnx/tensor.ts';
import { expanding, type Operator } from './operator.ts';

/** a0 - a1·cos(2πn/N) + a2·cos(4πn/N) */
const cosineWindow = (a0: number, a1: number, a2: number): Operator =>
  expanding((context) => {
    const tensor = context.constant(0, 'size');
    const [size] = tensor.data;
    if (elementsOf(tensor.shape) !== 1 || !Number.isInteger(size) || size! < 1 || size! > 2 ** 24) throw context.invalid(`size ${size}`);
    const period = context.integer('periodic', 1) ? size! : size! - 1;
    const data = realsOf(size!, (n) => {
      const angle = (2 * Math.PI * n) / period;
      return a0 - a1 * Math.cos(angle) + a2 * Math.cos(2 * angle);
    });
    return [{ operator: 'Identity', inputs: [{ shape: [size!], data, kind: 'real' }], outputs: context.node.outputs }];
  });

export const HannWindow = cosineWindow(0.5, 0.5, 0);
export const HammingWindow = cosineWindow(25 / 46, 21 / 46, 0);
export const BlackmanWindow = cosineWindow(0.42, 0.5, 0.08);
