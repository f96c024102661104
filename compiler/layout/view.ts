// Views: the order in which a node counts the elements of a stored tensor. Reshape, Flatten and most Transposes are nothing but a view.
// Source: DESIGN §4. Caveat: a view renames elements and never repeats or leaves out one.

/** Elements of a stored tensor in the order a node counts them: element i is element `index[i]` of the root (i if there is no index). */
export interface View {
  root: string;
  index?: Int32Array;
}

/** Values of a view's elements. */
export const viewed = (view: View, root: Float64Array): Float64Array =>
  view.index ? Float64Array.from(view.index, (i) => root[i]!) : root;

/** Element of the view that an element of its root is. */
export function inverseOf({ index }: View): (root: number) => number {
  if (!index) return (e) => e;
  const inverse = new Int32Array(index.length);
  for (const [i, root] of index.entries()) inverse[root] = i;
  return (e) => inverse[e]!;
}
