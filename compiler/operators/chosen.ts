// Chosen, an operator of the compiler itself: rows of zeros and at most a one, times a computed matrix, [n, rows, depth] × [n, depth, columns].
// The result has the matrix's own integers, where a product would round them. Caveat: what is no such row is never given to it.
import { realsOf } from '../onnx/budget.ts';
import { real } from '../onnx/tensor.ts';
import type { NodeContext, Operator } from './operator.ts';

const sizes = (context: NodeContext): { count: number; rows: number; depth: number; columns: number } => {
  const [[count, rows, depth], [, , columns]] = [context.rank(0, 3), context.rank(1, 3)] as unknown as [
    [number, number, number],
    [number, number, number],
  ];
  return { count, rows, depth, columns };
};

export const Chosen: Operator = {
  shape: (context) => {
    const { count, rows, columns } = sizes(context);
    return [[count, rows, columns]];
  },
  types: (context) => [context.types[1]!],
  reference: (context, [choice, matrix]) => {
    const { count, rows, depth, columns } = sizes(context);
    const data = realsOf(count * rows * columns);
    for (let row = 0; row < count * rows; row++)
      for (let k = 0; k < depth; k++) {
        if (choice!.data[row * depth + k] === 0) continue;
        const from = (Math.floor(row / rows) * depth + k) * columns;
        for (let j = 0; j < columns; j++) data[row * columns + j] = matrix!.data[from + j]!;
      }
    return [{ ...real([count, rows, columns], data), kind: matrix!.kind }];
  },
  work: (context, outputs) => outputs * sizes(context).depth,
  stage: (context, stages) => {
    const [choice, matrix] = context.node.inputs as [string, string];
    const [source, other] = [stages.view(choice), stages.view(matrix)];
    stages.chosen(context.node.outputs[0]!, { kind: 'contract', source, other, ...sizes(context), weights: Float64Array.of(1) });
  },
};
