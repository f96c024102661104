// The property that every random model of a family is held to: it compiles; the executed program equals the integer simulation exactly, on its
// samples and at the corners of the declared range; the error is the reported one; no node adds much; every constraint holds on every row.
// It is audited too: it has one answer for every input (`checkModel`).
// Caveat: the limits catch wrong arithmetic, which is off by about 100 %, not poor rounding.
import fc from 'fast-check';
import { type Checked, checkModel } from '../compiler/check.ts';
import { describeModel, type FamilyName, randomModel, samplesFor } from '../compiler/random-models.ts';

/**
 * largest error that one node may add to what it reads, relative to the largest value that it deals with. There is no limit on the error of the
 * output: where a chain of random layers cancels or divides by little, ten bits leave nothing, and still every node is right
 */
const MOST_OWN_ERROR = 0.06;
const ACCUMULATOR_BOUND = 2 ** 30;

/**
 * Compiles, runs, simulates and row-checks random models.
 * @param count models
 * @throws with family, seed and layers of the first model that fails
 */
export function checkFamily(family: FamilyName, count: number): void {
  const property = fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (seed) => {
    const model = randomModel(family, seed);
    const fail = (why: string, cause?: unknown): Error =>
      new Error(`${family}, seed ${seed}: ${describeModel(model)}: ${why}`, cause === undefined ? {} : { cause });
    let checked: Checked;
    try {
      checked = checkModel(model, samplesFor(model, seed), {}, true);
    } catch (error) {
      throw fail((error as Error).message, error);
    }
    for (const { where, ownError, magnitude } of checked.report.stages) {
      if (magnitude >= ACCUMULATOR_BOUND) throw fail(`${where} may reach ${magnitude}`);
      if (!(ownError >= 0 && ownError <= MOST_OWN_ERROR)) throw fail(`${where} adds an error of ${ownError}`);
    }
  });
  fc.assert(property, { numRuns: count, endOnFailure: true });
}
