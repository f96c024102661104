// Which backend does the arithmetic. Source: DESIGN §9. Caveat: there is only the plain-TypeScript one so far, so `auto` takes it and says so.
import type { Backend } from '../../fri/backend.ts';
import { usage } from '../../fri/errors.ts';
import { jsBackend } from '../../fri/js/backend.ts';
import { breathe } from './terminal.ts';

export interface ChosenBackend {
  backend: Backend;
  /** why this one */
  reason: string;
}

/** The event loop turns before every operation, so that a signal is served. */
function interruptible(backend: Backend): Backend {
  const wrapped: Record<string, unknown> = { ...backend };
  for (const [name, value] of Object.entries(backend)) {
    if (typeof value !== 'function' || name === 'free') continue;
    const operation = value as (...args: unknown[]) => Promise<unknown>;
    wrapped[name] = async (...args: unknown[]) => {
      await breathe();
      return operation.apply(backend, args);
    };
  }
  return wrapped as unknown as Backend;
}

/** @throws ZK0823 for a name that is no backend */
export function chooseBackend(name: string): ChosenBackend {
  if (name !== 'auto' && name !== 'js')
    throw usage('ZK0823', { what: `there is no backend "${name}"`, fix: 'use --backend auto or --backend js' });
  const reason = name === 'js' ? 'asked for' : 'the only one so far';
  return { backend: interruptible(jsBackend()), reason };
}
