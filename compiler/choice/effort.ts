// How much work the choice of bits may take: tries that a model needs to be accurate at all are always made, those that only look for fewer bits or for
// accuracy between the samples as long as there is work left. Work is counted in products, not in seconds, so that a model gives one program.
// Source: products of one sample are what the layers' sums have. Caveat: the last try that begins is ended, however long it takes.
import { elementsOf } from '../onnx/tensor.ts';
import type { StageGraph } from '../stages/stage.ts';
import { kindOf } from '../stages/terms/index.ts';

/** products that all tries of a model may take, some five seconds */
const MOST_WORK = 2 ** 32;
/** products that the rounding of one weight is worth */
const ROUNDING = 256;

export class Effort {
  #spent = 0;
  readonly #products: number;
  readonly #weights: number;

  constructor({ stages }: StageGraph) {
    let [products, weights] = [0, 0];
    for (const stage of stages)
      for (const term of stage.kind === 'linear' ? stage.terms : []) {
        const { elements, fanIn } = kindOf(term);
        products += (elements.are === 'sums' ? fanIn(term) : 1) * elementsOf(stage.shape);
        weights += term.weights.length;
      }
    [this.#products, this.#weights] = [products, weights];
  }

  /** Counts what measuring on samples takes. */
  measured(samples: number): void {
    this.#spent += this.#products * samples;
  }

  /** Counts what rounding all weights takes. */
  rounded(): void {
    this.#spent += ROUNDING * this.#weights;
  }

  /** The share of all work that is done, 1 at most. */
  get share(): number {
    return Math.min(1, this.#spent / MOST_WORK);
  }

  get isLeft(): boolean {
    return this.#spent < MOST_WORK;
  }
}
