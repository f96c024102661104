// Circle FFT kernels: radix-8 passes while a block is larger than the first-level cache, then whole blocks there, the last three
// layers in registers. Source: PCS.md §3; a twiddle tree: node v has children 2v, 2v+1 and the factor of layer i of a transform of
// log size n at block h is node 2^(n-i-1) + h, so a sub-block needs its root only. Caveat: at least 8 values; twiddles are doubled.
import { type Code, type FunctionBuilder, i32, i32x4, type ModuleBuilder, type Variable, v128 } from '../../emitter/module.ts';
import { Field } from './field.ts';
import { kernel } from './table.ts';

/** blocks of 2^12 values (16 KiB) stay in the first-level cache */
const CACHE_LOG = 12;

/** how many layers the next pass takes, from a block of log size k down to `low`: threes, and two twos rather than 3 + 1 */
function passLayers(f: FunctionBuilder, k: Code, low: number): Code {
  const left = f.let(i32.sub(k, low));
  const three = i32.and(i32.geU(left, 3), i32.ne(left, 4));
  return f.let(i32.select(i32.const(3), i32.select(i32.const(2), i32.const(1), i32.geU(left, 2)), three));
}

/** node v of the twiddle tree as four equal lanes, plus a constant number of nodes */
const twiddle = (tower: Code, node: Code, scale: number, plus: number): Code =>
  v128.load32Splat(i32.add(tower, i32.shl(node, 2 + scale)), 4 * plus);

/** 2^R values at distance 2^i through R layers, over all of one block: v[k] loaded at x + k·step + delta, stored at x + k·step */
function pass(
  f: FunctionBuilder,
  field: Field,
  R: number,
  inverse: boolean,
  x: Code,
  delta: Code | undefined,
  step: Code,
  t: Code[][],
): void {
  const v: Code[] = [];
  const at: Code[] = [x];
  for (let k = 1; k < 1 << R; k++) at.push(f.let(i32.add(at[k - 1]!, step)));
  for (let k = 0; k < 1 << R; k++) v.push(f.let(v128.load(delta ? i32.add(at[k]!, delta) : at[k]!)));
  const bits = Array.from({ length: R }, (_, b) => b);
  for (const b of inverse ? bits : bits.reverse())
    for (let k = 0; k < 1 << R; k++) {
      if ((k >> b) & 1) continue;
      const a = v[k]!;
      const c = v[k | (1 << b)]!;
      const factor = t[b]![k >> (b + 1)]!;
      if (inverse) {
        v[k] = field.add(a, c);
        v[k | (1 << b)] = field.mulTwice(field.sub(a, c), factor);
      } else {
        const turned = field.mulTwice(c, factor);
        v[k | (1 << b)] = field.sub(a, turned);
        v[k] = field.add(a, turned);
      }
    }
  for (let k = 0; k < 1 << R; k++) f.emit(v128.store(at[k]!, v[k]!));
}

/**
 * evaluate(data, delta, k, node, tower): coefficients at data + delta → values at data of the block under `node`, 2^k values, k ≥ 3.
 * interpolate(data, k, node, tower of inverses): values → coefficients without the factor 2^-n, in place.
 */
export function fftKernels(m: ModuleBuilder) {
  // pass(data, delta, i, node, count, tower): `count` blocks of 2^(i+R) values, the first one under `node`
  const passes = (inverse: boolean): ((...args: (Code | number)[]) => Code)[] =>
    [1, 2, 3].map((R) =>
      m.function(
        `${inverse ? 'interpolate' : 'evaluate'}Pass${1 << R}`,
        ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
        (f, data, delta, i, node, count, tower) => {
          const field = new Field(f);
          const step = f.let(i32.shl(i32.const(4), i.value));
          const x = f.variable('i32', data.value);
          const end = f.let(i32.add(node.value, count.value));
          f.repeat(() => {
            const t = Array.from({ length: R }, (_, b) =>
              Array.from({ length: 1 << (R - 1 - b) }, (_, k) => f.let(twiddle(tower.value, node.value, R - 1 - b, k))),
            );
            const stop = f.let(i32.add(x.value, step));
            f.repeat(() => {
              pass(f, field, R, inverse, x.value, inverse ? undefined : delta.value, step, t);
              f.set(x, i32.add(x.value, 16));
              return i32.ltU(x.value, stop);
            });
            // x has moved over the first of the 2^R parts
            f.set(x, i32.add(x.value, i32.mul(step, (1 << R) - 1)));
            f.set(node, i32.add(node.value, 1));
            return i32.ltU(node.value, end);
          });
        },
      ),
    );
  const evaluatePasses = passes(false);
  const interpolatePasses = passes(true);
  /** the pass of 1, 2 or 3 layers */
  const emitPass = (f: FunctionBuilder, layers: Code, [two, four, eight]: typeof evaluatePasses, args: Code[]): void =>
    f.if(
      i32.eq(layers, 3),
      () => f.emit(eight!(...args)),
      () =>
        f.if(
          i32.eq(layers, 2),
          () => f.emit(four!(...args)),
          () => f.emit(two!(...args)),
        ),
    );

  // the lowest three layers, eight values at a time under `node`: the last ones of a transform, the first ones of its inverse
  const evaluateTail = m.function('evaluateTail', ['i32', 'i32', 'i32', 'i32', 'i32'], (f, data, delta, node, count, tower) =>
    eightValues(f, data, delta.value, node, count, tower, false, (butterfly, regroup, { layer0, layer1, layer2 }) => {
      butterfly(layer2);
      regroup([0, 1, 4, 5], [2, 3, 6, 7]);
      butterfly(layer1);
      regroup([0, 4, 2, 6], [1, 5, 3, 7]);
      butterfly(layer0);
      regroup([0, 4, 1, 5], [2, 6, 3, 7]);
    }),
  );
  const interpolateHead = m.function('interpolateHead', ['i32', 'i32', 'i32', 'i32'], (f, data, node, count, tower) =>
    eightValues(f, data, undefined, node, count, tower, true, (butterfly, regroup, { layer0, layer1, layer2 }) => {
      regroup([0, 2, 4, 6], [1, 3, 5, 7]);
      butterfly(layer0);
      regroup([0, 4, 2, 6], [1, 5, 3, 7]);
      butterfly(layer1);
      regroup([0, 1, 4, 5], [2, 3, 6, 7]);
      butterfly(layer2);
    }),
  );

  // evaluateBlocks(data, delta, k, node, tower): one block of 2^k values, 3 ≤ k ≤ CACHE_LOG
  const evaluateBlock = m.function('evaluateBlock', ['i32', 'i32', 'i32', 'i32', 'i32'], (f, data, delta, k, node, tower) => {
    const count = f.variable('i32', i32.const(1));
    f.while(
      () => i32.gtU(k.value, 3),
      () => {
        const layers = passLayers(f, k.value, 3);
        f.set(k, i32.sub(k.value, layers));
        const args = [data.value, delta.value, k.value, node.value, count.value, tower.value];
        emitPass(f, layers, evaluatePasses, args);
        f.set(delta, i32.const(0));
        f.set(node, i32.shl(node.value, layers));
        f.set(count, i32.shl(count.value, layers));
      },
    );
    f.emit(evaluateTail(data.value, delta.value, node.value, count.value, tower.value));
  });
  const interpolateBlock = m.function('interpolateBlock', ['i32', 'i32', 'i32', 'i32'], (f, data, k, node, tower) => {
    const lowest = f.let(i32.shl(node.value, i32.sub(k.value, 3)));
    f.emit(interpolateHead(data.value, lowest, i32.shl(i32.const(1), i32.sub(k.value, 3)), tower.value));
    const done = f.variable('i32', i32.const(3));
    f.while(
      () => i32.ltU(done.value, k.value),
      () => {
        // the same choice as downwards, counted from what is left
        const layers = passLayers(f, i32.add(i32.sub(k.value, done.value), 3), 3);
        const left = f.let(i32.sub(i32.sub(k.value, done.value), layers));
        const args = [data.value, i32.const(0), done.value, i32.shl(node.value, left), i32.shl(i32.const(1), left), tower.value];
        emitPass(f, layers, interpolatePasses, args);
        f.set(done, i32.add(done.value, layers));
      },
    );
  });

  // larger blocks: one pass over the whole block, then (or before that) its parts, one after the other, depth first
  const evaluate = kernel(m, 'evaluate', (f, { data, delta, k, node, tower }, self) => {
    f.if(i32.leU(k.value, CACHE_LOG), () => {
      f.emit(evaluateBlock(data.value, delta.value, k.value, node.value, tower.value));
      f.return();
    });
    const layers = passLayers(f, k.value, CACHE_LOG);
    const small = f.let(i32.sub(k.value, layers));
    const args = [data.value, delta.value, small, node.value, i32.const(1), tower.value];
    emitPass(f, layers, evaluatePasses, args);
    const first = f.let(i32.shl(node.value, layers));
    f.for(0, i32.shl(i32.const(1), layers), 1, (i) => {
      const part = i32.add(data.value, i32.shl(i, i32.add(small, 2)));
      f.emit(self({ data: part, delta: 0, k: small, node: i32.add(first, i), tower: tower.value }));
    });
  });
  const interpolate = kernel(m, 'interpolate', (f, { data, k, node, tower }, self) => {
    f.if(i32.leU(k.value, CACHE_LOG), () => {
      f.emit(interpolateBlock(data.value, k.value, node.value, tower.value));
      f.return();
    });
    const layers = passLayers(f, k.value, CACHE_LOG);
    const small = f.let(i32.sub(k.value, layers));
    const first = f.let(i32.shl(node.value, layers));
    f.for(0, i32.shl(i32.const(1), layers), 1, (i) => {
      const part = i32.add(data.value, i32.shl(i, i32.add(small, 2)));
      f.emit(self({ data: part, k: small, node: i32.add(first, i), tower: tower.value }));
    });
    const args = [data.value, i32.const(0), small, node.value, i32.const(1), tower.value];
    emitPass(f, layers, interpolatePasses, args);
  });
  return { evaluate, interpolate };
}

/** a loop over `count` nodes, two vectors each: `layers` turns and regroups them */
function eightValues(
  f: FunctionBuilder,
  data: Variable,
  delta: Code | undefined,
  node: Variable,
  count: Variable,
  tower: Variable,
  inverse: boolean,
  layers: (
    butterfly: (factor: Code) => void,
    regroup: (first: number[], second: number[]) => void,
    twiddles: ReturnType<typeof tailTwiddles>,
  ) => void,
): void {
  const field = new Field(f);
  const end = f.let(i32.add(node.value, count.value));
  f.repeat(() => {
    const from = delta ? f.let(i32.add(data.value, delta)) : data.value;
    let a = f.let(v128.load(from));
    let b = f.let(v128.load(from, 16));
    const butterfly = (factor: Code): void => {
      if (inverse) {
        const difference = field.sub(a, b);
        a = field.add(a, b);
        b = field.mulTwice(difference, factor);
      } else {
        const turned = field.mulTwice(b, factor);
        b = field.sub(a, turned);
        a = field.add(a, turned);
      }
    };
    const regroup = (first: number[], second: number[]): void => {
      const c = f.let(i32x4.shuffle(a, b, first));
      b = f.let(i32x4.shuffle(a, b, second));
      a = c;
    };
    layers(butterfly, regroup, tailTwiddles(f, field, tower.value, node.value));
    f.emit(v128.store(data.value, a));
    f.emit(v128.store(data.value, b, 16));
    f.set(data, i32.add(data.value, 32));
    f.set(node, i32.add(node.value, 1));
    return i32.ltU(node.value, end);
  });
}

/** factors of the lowest three layers for eight values: T[v], (x, y) = T[2v], T[2v+1] and y, -y, -x, x (or their inverses) */
function tailTwiddles(f: FunctionBuilder, field: Field, tower: Code, node: Code): { layer0: Code; layer1: Code; layer2: Code } {
  const layer2 = f.let(twiddle(tower, node, 0, 0));
  const xy = f.let(v128.load64Zero(i32.add(tower, i32.shl(node, 3))));
  const layer1 = f.let(i32x4.shuffle(xy, xy, [0, 0, 1, 1]));
  const yx = f.let(i32x4.shuffle(xy, xy, [1, 1, 0, 0]));
  const layer0 = f.let(i32x4.shuffle(yx, field.twiceOpposite(yx), [0, 5, 6, 3]));
  return { layer0, layer1, layer2 };
}
