// Einsum (ONNX 12): diagonals are selected, labels of one operand alone are summed, and every two operands become one batched matrix product.
// Source: NumPy's einsum. Caveat: operands are multiplied from left to right, not in the cheapest order.
import { listOf } from '../onnx/budget.ts';
import { elementsOf, stridesOf, walk } from '../onnx/tensor.ts';
import { integers } from './along.ts';
import { type ExpandedNode, expanding, type NodeContext, wrapping } from './operator.ts';
import { select } from './select.ts';

interface Operand {
  name: string;
  labels: string[];
}

/** The equation's labels; an ellipsis becomes one label for each axis that it stands for, counted from the last. */
function parsed(context: NodeContext): { inputs: string[][]; output: string[] } {
  const equation = context.text('equation', '').replaceAll(' ', '');
  const [left = '', right] = equation.split('->');
  const terms = left.split(',');
  if (terms.length !== context.node.inputs.length || !/^[a-zA-Z.,]*(->[a-zA-Z.]*)?$/.test(equation))
    throw context.invalid(`equation "${equation}" for ${context.node.inputs.length} inputs`);
  let widest = 0;
  const spelled = (term: string, axes: number): string[] =>
    term.split(/(\.\.\.)/).flatMap((part) => (part === '...' ? listOf(axes, (i) => `.${axes - i}`) : [...part]));
  const inputs = terms.map((term, i) => {
    const open = context.shape(i).length - term.replace('...', '').length;
    if (term.includes('...')) widest = Math.max(widest, open);
    const labels = spelled(term, open);
    if (labels.length !== context.shape(i).length) throw context.invalid(`"${term}" for an input of shape [${context.shape(i)}]`);
    return labels;
  });
  if (right !== undefined) return { inputs, output: spelled(right, widest) };
  const all = inputs.flat();
  const once = [...new Set(all)].filter((label) => !label.startsWith('.') && all.filter((other) => other === label).length === 1).sort();
  return { inputs, output: [...listOf(widest, (i) => `.${widest - i}`), ...once] };
}

export const Einsum = wrapping(
  expanding((context) => {
    const { inputs, output } = parsed(context);
    const [out] = context.node.outputs as [string];
    const sizes = new Map<string, number>();
    for (const [i, labels] of inputs.entries())
      for (const [axis, label] of labels.entries()) {
        const [size, known] = [context.shape(i)[axis]!, sizes.get(label) ?? 1];
        if (size !== known && size !== 1 && known !== 1) throw context.invalid(`label "${label}" has sizes ${known} and ${size}`);
        sizes.set(label, Math.max(size, known));
      }
    if (output.some((label) => !sizes.has(label))) throw context.invalid('a label of the result stands at no input');
    const nodes: ExpandedNode[] = [];
    const sizesOf = (labels: readonly string[]): number[] => labels.map((label) => sizes.get(label)!);

    /** every label once, every size full: diagonals and repeated sizes of 1 by selection */
    const operands = inputs.map((labels, i): Operand => {
      const shape = context.shape(i);
      const own = [...new Set(labels)];
      const full = sizesOf(own);
      if (own.length === labels.length && full.join() === shape.join()) return { name: context.node.inputs[i]!, labels };
      const steps = stridesOf(shape);
      const step = own.map((label) =>
        labels.reduce((sum, other, axis) => sum + (other === label && shape[axis] !== 1 ? steps[axis]! : 0), 0),
      );
      const name = `${out} operand ${i}`;
      nodes.push(select(name, full, [{ source: context.node.inputs[i]!, index: walk(full, step) }]));
      return { name, labels: own };
    });

    let count = 0;
    const ordered = ({ name, labels }: Operand, wanted: readonly string[], shape: readonly number[]): string => {
      const moved = `${out} ordered ${count++}`;
      const perm = wanted.map((label) => labels.indexOf(label));
      nodes.push({ operator: 'Transpose', inputs: [name], outputs: [`${moved} axes`], attributes: { perm } });
      nodes.push({ operator: 'Reshape', inputs: [`${moved} axes`, integers(...shape)], outputs: [moved] });
      return moved;
    };
    /** sums over the labels that nobody else has */
    const reduced = (operand: Operand, needed: ReadonlySet<string>): Operand => {
      const axes = operand.labels.flatMap((label, axis) => (needed.has(label) ? [] : [axis]));
      if (axes.length === 0) return operand;
      const name = `${out} reduced ${count++}`;
      nodes.push({ operator: 'ReduceSum', inputs: [operand.name], outputs: [name], attributes: { axes, keepdims: 0 } });
      return { name, labels: operand.labels.filter((label) => needed.has(label)) };
    };

    let result = reduced(operands[0]!, new Set([...output, ...operands.slice(1).flatMap(({ labels }) => labels)]));
    for (const [i, operand] of operands.slice(1).entries()) {
      const later = new Set([...output, ...operands.slice(i + 2).flatMap(({ labels }) => labels)]);
      const [a, b] = [result, reduced(operand, new Set([...later, ...result.labels]))];
      const both = a.labels.filter((label) => b.labels.includes(label));
      const [batch, depth] = [both.filter((label) => later.has(label)), both.filter((label) => !later.has(label))];
      const [rows, columns] = [a.labels.filter((label) => !both.includes(label)), b.labels.filter((label) => !both.includes(label))];
      const [n, k, r, c] = [batch, depth, rows, columns].map((labels) => elementsOf(sizesOf(labels))) as [number, number, number, number];
      const left = ordered(a, [...batch, ...rows, ...depth], n === 1 ? [r, k] : [n, r, k]);
      const right = ordered(b, [...batch, ...depth, ...columns], n === 1 ? [k, c] : [n, k, c]);
      const product = `${out} product ${i}`;
      nodes.push({ operator: 'MatMul', inputs: [left, right], outputs: [product] });
      const labels = [...batch, ...rows, ...columns];
      nodes.push({ operator: 'Reshape', inputs: [product, integers(...sizesOf(labels))], outputs: [`${product} axes`] });
      result = { name: `${product} axes`, labels };
    }
    const perm = output.map((label) => result.labels.indexOf(label));
    return [...nodes, { operator: 'Transpose', inputs: [result.name], outputs: [out], attributes: { perm } }];
  }),
);
