// What a proof holds in its backend, so that a proof that ends early leaves nothing there: an error of a caller's `fill` or `onStep`, a
// column that does not fit. Source: ours. Caveat: what an operation had taken before it threw is the backend's own business.
import type { Backend, Block, Layer, Tree } from '../fri/backend/seam.ts';

type Item = Block | Tree | Layer;

export interface OwnedBackend {
  /** the same backend; what its operations give is noted until it is freed */
  backend: Backend;
  /** waits for what is under way, and frees all that is left */
  abandon(): Promise<void>;
}

export function owned(backend: Backend): OwnedBackend {
  const items = new Set<Item>();
  const pending = new Set<Promise<unknown>>();
  const own = (item: Item): void => void items.add(item);
  /** an operation is over when what it gave is noted */
  const started = <T>(operation: Promise<T>, note?: (value: T) => void): Promise<T> => {
    const done = operation.then((value) => {
      note?.(value);
      return value;
    });
    pending.add(done);
    const forget = (): void => void pending.delete(done);
    done.then(forget, forget);
    return done;
  };
  const { fill, startInteraction } = backend;
  return {
    backend: {
      ...backend,
      ...(fill && { fill: (shapes, write) => started(fill(shapes, write), (blocks) => blocks.forEach(own)) }),
      ...(startInteraction && {
        startInteraction: async (instance) => {
          const { rows, sum } = await started(startInteraction(instance), (result) => own(result.rows));
          return { rows, sum: () => started(sum()) };
        },
      }),
      upload: (columns, logSize) => started(backend.upload(columns, logSize), own),
      interpolate: (rows) => started(backend.interpolate(rows), own),
      extend: (coefficients, logBlowup) => started(backend.extend(coefficients, logBlowup), own),
      commit: (evaluations) => started(backend.commit(evaluations), own),
      interaction: (instance) => started(backend.interaction(instance), ({ rows }) => own(rows)),
      composition: (instances, logSize) => started(backend.composition(instances, logSize), own),
      sample: (...args) => started(backend.sample(...args)),
      deep: (evaluations, batches, logSize) => started(backend.deep(evaluations, batches, logSize), own),
      commitLayer: (layer, foldLog) => started(backend.commitLayer(layer, foldLog), own),
      fold: (layer, foldLog, circle, alpha) => started(backend.fold(layer, foldLog, circle, alpha), own),
      open: (tree, positions) => started(backend.open(tree, positions)),
      openLayer: (...args) => started(backend.openLayer(...args)),
      free: (...list) => {
        for (const item of list) if (item) items.delete(item);
        backend.free(...list);
      },
    },
    async abandon() {
      await Promise.allSettled(pending);
      backend.free(...items);
      items.clear();
    },
  };
}
