// What proving must not exceed on two cores of the reference machine: the promises of README and DESIGN §9, checked by bench/prove.ts.
// Caveat: absolute times; another machine is judged by the ratios of the baseline file instead.

/** most milliseconds of a warm proof under the default profile, proofs of work included, wasm on two threads */
export const PROVE_MS: Readonly<Record<string, number>> = { digits_mlp: 100, lenet: 200, cnn264k: 500, dense4m: 900 };
export const VERIFY_MS = 40;
/** a trace of as many cells is measured by the cell */
export const LARGE_CELLS = 10e6;
export const NS_PER_CELL = 30;
/** times faster than the plain backend, and than one thread, on a large trace */
export const OVER_JS = 15;
export const OVER_ONE_THREAD = 1.7;
/** peak resident memory */
export const bytesFor = (cells: number): number => 16 * cells + 250e6;
/** share by which memory may grow from the first tenth of many proofs to the last */
export const GROWTH = 0.05;
/** predictions of `zkvm estimate`, relative */
export const PREDICTED_TIME = 0.25;
export const PREDICTED_MEMORY = 0.15;
