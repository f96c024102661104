// The module of all kernels that do not depend on a circuit. Source: the files it puts together. Caveat: export names are the
// interface; tasks name those of table.ts, with addresses and counts as 32-bit integers.

import { i32, ModuleBuilder, v128 } from '../../emitter/module.ts';
import { blakeKernels } from './blake2s.ts';
import { fftKernels } from './fft.ts';
import { openingKernels } from './opening.ts';
import { permuteKernel } from './permute.ts';
import { scanKernels } from './scan.ts';
import { kernel } from './table.ts';

export function buildKernels(): ModuleBuilder {
  const m = new ModuleBuilder();
  const permute = permuteKernel(m);
  const { interpolate } = fftKernels(m);
  // (rows, target, n, tower of inverses): trace rows → coefficients
  kernel(m, 'interpolateRows', (f, { rows, target, n, tower }) => {
    f.emit(permute(rows.value, target.value, n.value));
    f.emit(interpolate({ data: target.value, k: n.value, node: 1, tower: tower.value }));
  });
  // clear(address, groups): 64 bytes a group
  kernel(m, 'clear', (f, { address, groups }) => {
    const zero = f.let(v128.const(0));
    f.repeat(() => {
      for (let offset = 0; offset < 64; offset += 16) f.emit(v128.store(address.value, zero, offset));
      f.set(address, i32.add(address.value, 64));
      f.set(groups, i32.sub(groups.value, 1));
      return groups.value;
    });
  });
  blakeKernels(m);
  openingKernels(m);
  scanKernels(m);
  return m;
}
