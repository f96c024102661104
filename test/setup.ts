// Property tests draw from one fixed seed, so that two runs of the same commit test the same cases; ZKVM_SEED=<integer> takes another,
// ZKVM_SEED=random a new one each time (what to do while working on a parser). A failure prints its seed and its shrunk case either way.
import fc from 'fast-check';

const DEFAULT_SEED = 20261122;
const asked = process.env.ZKVM_SEED;

if (asked !== 'random') fc.configureGlobal({ seed: asked === undefined ? DEFAULT_SEED : Number(asked) });
