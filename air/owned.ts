// What a proof holds in its backend, so that a proof that ends early leaves nothing there: an error of a caller's `fill` or `onStep`, a
// column that does not fit. Source: ours. Caveat: what an operation had taken before it threw is the backend's own business.
import { around, type Handle } from '../fri/backend/around.ts';
import type { Backend } from '../fri/backend/seam.ts';

export interface OwnedBackend {
  /** the same backend; what its operations give is noted until it is freed */
  backend: Backend;
  /** what was taken before counts as taken by this backend */
  adopt(...handles: readonly (Handle | undefined)[]): void;
  /** waits for what is under way, and frees all that is left */
  abandon(): Promise<void>;
}

export function owned(backend: Backend): OwnedBackend {
  const held = new Set<Handle>();
  const pending = new Set<Promise<unknown>>();
  return {
    backend: around(backend, {
      /** an operation is over when what it gave is noted */
      operation(run, handlesOf) {
        const done = run().then((result) => {
          for (const handle of handlesOf(result)) held.add(handle);
          return result;
        });
        pending.add(done);
        const forget = (): void => void pending.delete(done);
        done.then(forget, forget);
        return done;
      },
      freed(handles) {
        for (const handle of handles) if (handle) held.delete(handle);
      },
    }),
    adopt(...handles) {
      for (const handle of handles) if (handle) held.add(handle);
    },
    async abandon() {
      await Promise.allSettled(pending);
      backend.free(...held);
      held.clear();
    },
  };
}
