// The values of a Sierra program with its statements apart: a statement is its shape (libfunc, how many arguments, what each branch is), of which there are few,
// and numbers of variables and targets, which are small as distances. Packed so, a class is half as large. Source: sierra.ts, which says how a program
// is laid out. Caveat: nothing is checked here; packing.ts compares what comes back.
import { endOfLibfuncs, FALL_THROUGH } from './sierra.ts';

const RETURN = 1n;
const NO_LIBFUNC = -1;

export interface Statements {
  /** types and libfuncs, functions, as they stand */
  before: bigint[];
  after: bigint[];
  /** libfunc (-1: return), number of arguments, then for each branch 1 where it falls through and its number of results */
  shapes: number[][];
  /** a shape for each statement, in order */
  order: number[];
  /** arguments back from the latest result, results from the one before, targets from their statement */
  numbers: number[];
}

/** Takes the values of a program apart. */
export function takeApart(values: readonly bigint[]): Statements {
  let at = endOfLibfuncs(values);
  const before = values.slice(0, at);
  const next = (): number => Number(values[at++]);
  const known = new Map<string, number>();
  const shapes: number[][] = [];
  const order: number[] = [];
  const args: number[] = [];
  const results: number[] = [];
  const targets: number[] = [];
  let latest = 0;
  for (let left = next(), i = 0; i < left; i++) {
    const shape = [values[at++] === RETURN ? NO_LIBFUNC : next()];
    const count = next();
    shape.push(count);
    for (let j = 0; j < count; j++) args.push(latest - next());
    for (let branches = shape[0] === NO_LIBFUNC ? 0 : next(); branches > 0; branches--) {
      const target = values[at++]!;
      if (target !== FALL_THROUGH) targets.push(Number(target) - i);
      const made = next();
      shape.push(target === FALL_THROUGH ? 1 : 0, made);
      for (let j = 0; j < made; j++) {
        const result = next();
        results.push(result - latest);
        latest = result;
      }
    }
    const key = shape.join();
    if (!known.has(key)) known.set(key, shapes.push(shape) - 1);
    order.push(known.get(key)!);
  }
  return { before, after: values.slice(at), shapes, order, numbers: [...args, ...results, ...targets] };
}

/** how many arguments and results the statements have */
function countsOf({ shapes, order }: Statements): [number, number] {
  let [args, results] = [0, 0];
  for (const shape of order.map((place) => shapes[place]!)) {
    args += shape[1]!;
    for (let i = 3; i < shape.length; i += 2) results += shape[i]!;
  }
  return [args, results];
}

/** The inverse of `takeApart`. */
export function putTogether(parts: Statements): bigint[] {
  const { before, after, shapes, order, numbers } = parts;
  const values = [...before, BigInt(order.length)];
  const [args, results] = countsOf(parts);
  let [argument, result, target, latest] = [0, args, args + results, 0];
  for (const [i, place] of order.entries()) {
    const [libfunc, count, ...branches] = shapes[place]!;
    values.push(...(libfunc === NO_LIBFUNC ? [RETURN] : [0n, BigInt(libfunc!)]), BigInt(count!));
    for (let j = 0; j < count!; j++) values.push(BigInt(latest - numbers[argument++]!));
    if (libfunc === NO_LIBFUNC) continue;
    values.push(BigInt(branches.length / 2));
    for (let branch = 0; branch < branches.length; branch += 2) {
      const made = branches[branch + 1]!;
      values.push(branches[branch] === 1 ? FALL_THROUGH : BigInt(i + numbers[target++]!), BigInt(made));
      for (let j = 0; j < made; j++) {
        latest += numbers[result++]!;
        values.push(BigInt(latest));
      }
    }
  }
  return values.concat(after);
}
