// The kernels that run as tasks, and the names of their arguments in the order in which a task holds them. Kernels are built and tasks are
// written from it, by name, so that neither can get an order wrong. Source: ours; what an argument means stands where its kernel is built.
// Caveat: every argument is a 32-bit integer; tsc knows a name, not whether it is an address or a count.
import type { Code, FunctionBuilder, ModuleBuilder, Variable } from '../../emitter/module.ts';

export const KERNELS = {
  interpolateRows: ['rows', 'target', 'n', 'tower'],
  clear: ['address', 'groups'],
  evaluate: ['data', 'delta', 'k', 'node', 'tower'],
  interpolate: ['data', 'k', 'node', 'tower'],
  leaves: ['stage', 'first', 'groups'],
  leafGroup: ['stage', 'group', 'out'],
  subtree: ['layers', 'group', 'groups'],
  grind: ['digest', 'mask', 'bits', 'low', 'high', 'count', 'result'],
  sample: ['column', 'lowLog', 'low', 'high', 'highCount', 'out'],
  deepNumerator: ['list', 'count', 'below', 'belowStride', 'lift', 'group', 'groups', 'out', 'outStride'],
  deepQuotient: ['numerator', 'numeratorStride', 'lift', 'constants', 'points', 'group', 'groups', 'out', 'outStride', 'add'],
  fold: ['from', 'fromStride', 'to', 'toStride', 'twiddles', 'circle', 'matrix', 'group', 'groups'],
  liftCoefficients: ['source', 'log', 'lift', 'left', 'right', 'half'],
  liftColumn: ['from', 'to', 'lift', 'group', 'groups'],
  scan: ['terms', 'groups', 'state', 'out', 'outStride'],
  addSteps: ['from', 'fromStride', 'mask', 'rotation', 'to', 'toStride', 'group', 'groups'],
  sumRows: ['column', 'stride', 'group', 'groups', 'total'],
  runningSum: ['column', 'stride', 'group', 'groups', 'state'],
  deinterleave: ['from', 'to', 'toStride', 'log', 'first', 'count'],
  // of a circuit's module
  quotient: ['frame', 'group', 'groups'],
  fractions: ['frame', 'group', 'groups'],
  register: ['frame', 'group', 'groups', 'target'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type KernelName = keyof typeof KERNELS;
export type ArgumentOf<Name extends KernelName> = (typeof KERNELS)[Name][number];

/** a call of a kernel from another function */
type Call<Name extends KernelName> = (args: Readonly<Record<ArgumentOf<Name>, Code | number>>) => Code;

/**
 * Defines a kernel with the parameters of its row.
 * @param define gets the parameters by name, and the call of the kernel itself
 * @param as its name in the module, where that has several of it
 */
export function kernel<Name extends KernelName>(
  m: ModuleBuilder,
  name: Name,
  define: (f: FunctionBuilder, params: Readonly<Record<ArgumentOf<Name>, Variable>>, self: Call<Name>) => void,
  as: string = name,
): Call<Name> {
  const names: readonly ArgumentOf<Name>[] = KERNELS[name];
  const index = m.functions.length;
  const call: Call<Name> = (args) => m.callOf(index)(...names.map((argument) => args[argument]));
  m.function(
    as,
    names.map(() => 'i32'),
    (f, ...params) =>
      define(f, Object.fromEntries(names.map((argument, i) => [argument, params[i]])) as Record<ArgumentOf<Name>, Variable>, call),
  );
  return call;
}
