// The module of all kernels that do not depend on a circuit. Source: the files it puts together. Caveat: export names are the
// interface; backend.ts calls them by name with addresses and counts as 32-bit integers.

import { ModuleBuilder } from '../emitter.ts';
import { blakeKernels } from './blake2s.ts';
import { fftKernels } from './fft.ts';
import { openingKernels } from './opening.ts';
import { permuteKernel } from './permute.ts';
import { scanKernels } from './scan.ts';

export function buildKernels(): ModuleBuilder {
  const m = new ModuleBuilder();
  const permute = permuteKernel(m);
  const { interpolate } = fftKernels(m);
  // (rows, target, n, tower of inverses): trace rows → coefficients
  m.function('interpolateRows', ['i32', 'i32', 'i32', 'i32'], (f, rows, target, n, tower) => {
    f.emit(permute(rows.value, target.value, n.value));
    f.emit(interpolate(target.value, n.value, 1, tower.value));
  });
  blakeKernels(m);
  openingKernels(m);
  scanKernels(m);
  return m;
}
