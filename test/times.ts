// How often random tests are repeated. ZKVM_FUZZ=10 makes every count of damaged files, drawn programs and property runs ten times as large.
// The few tests that go through everything do so in `npm run test:slow`, which sets ZKVM_WHOLE; `npm test` takes a sample of them.
// Caveat: a count is multiplied where it is written, `times(60)`; a bare number stays what it is.

const factor = Number(process.env.ZKVM_FUZZ ?? 1);
if (!(Number.isInteger(factor) && factor >= 1))
  throw new Error(`ZKVM_FUZZ is ${process.env.ZKVM_FUZZ}, a whole number from 1 on is wanted`);

export const times = (count: number): number => count * factor;

/** the whole in `npm run test:slow`, which runs the files that call this; what stands for it in `npm test` */
export const sampled = (whole: number, sample: number): number => (process.env.ZKVM_WHOLE ? whole : sample);
