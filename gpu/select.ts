// Which backend does the arithmetic here: one by name, or the fastest one that runs, and the reason in one sentence. Source: DESIGN §9, and
// backends.ts for what there is. Caveat: all of them give the same proof bytes, so the choice is about time only; under Node `auto` leaves a
// backend with a native driver out unless the caller has looked for it elsewhere.
import type { Backend } from '../fri/backend/seam.ts';
import { bug, usage, ZkvmError } from '../fri/core/errors.ts';
import { AUTO, BACKEND_NAMES, BACKENDS, type BackendOptions, kindNamed } from './backends.ts';
import type { BackendKind } from './kind/kind.ts';

export type SelectOptions = BackendOptions;

export interface SelectedBackend {
  kind: BackendKind<SelectOptions>;
  backend: Backend;
  /** why this one, for people */
  why: string;
  /** gives threads, memory and device back */
  close(): Promise<void>;
}

const isBackendFailure = (error: unknown): error is ZkvmError => error instanceof ZkvmError && error.kind === 'backend';

const without = ({ title }: BackendKind<SelectOptions>, { what, why }: ZkvmError): string =>
  `no ${title}: ${what}${why === undefined ? '' : ` (${why})`}`;

/** @param missing why those before it in the list do not run, the nearest first */
async function start(kind: BackendKind<SelectOptions>, options: SelectOptions, missing: readonly string[]): Promise<SelectedBackend> {
  const { backend, runsOn, close } = await kind.start(options);
  return { kind, backend, why: [runsOn, ...missing].join('; '), close };
}

/** the first of these that starts */
async function startFirst(
  kinds: readonly BackendKind<SelectOptions>[],
  options: SelectOptions,
  missing: readonly string[] = [],
): Promise<SelectedBackend> {
  const [kind, ...rest] = kinds;
  if (!kind) throw bug('no backend runs everywhere');
  if (!kind.auto.tries(options)) return startFirst(rest, options, missing);
  try {
    return await start(kind, options, missing);
  } catch (error) {
    if (!isBackendFailure(error) || rest.length === 0) throw error;
    return startFirst(rest, options, [without(kind, error), ...missing]);
  }
}

/**
 * Starts the wanted backend, or with 'auto' the fastest that starts.
 * @throws usage ZK0610 for an unknown name or a number of threads that is none; kind 'backend' when the named one cannot run here
 */
export async function selectBackend(name: string, options: SelectOptions = {}): Promise<SelectedBackend> {
  const { threads } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    throw usage('ZK0610', { what: `${threads} threads`, why: 'a whole number from 1 is needed' });
  if (name === AUTO) return startFirst(BACKENDS, options);
  const kind = kindNamed(name);
  if (!kind)
    throw usage('ZK0610', {
      what: `there is no backend ${JSON.stringify(name.slice(0, 40))}`,
      fix: `use one of ${BACKEND_NAMES.join(', ')}`,
    });
  return start(kind, options, []);
}

/** Whether a failure of the backend that was selected by this name is a reason to go on with another one. */
export const givesUp = (name: string, { kind }: SelectedBackend, failure: unknown): failure is ZkvmError =>
  name === AUTO && kind.auto.yields && isBackendFailure(failure);

/** What `auto` goes on with after its backend gave up: the next of the list, with the reason in `why`. */
export const selectNext = ({ kind }: SelectedBackend, failure: ZkvmError, options: SelectOptions = {}): Promise<SelectedBackend> =>
  startFirst(BACKENDS.slice(BACKENDS.indexOf(kind) + 1), options, [without(kind, failure)]);

/**
 * Runs something with the wanted backend and gives the backend back, whatever happens. When 'auto' took a GPU and the GPU gives up (the proof
 * does not fit, the device is lost), the work starts again on the next backend of the list, with the reason in `why`.
 * @throws as `selectBackend`, and what `work` throws
 */
export async function withSelected<T>(name: string, options: SelectOptions, work: (selected: SelectedBackend) => Promise<T>): Promise<T> {
  const selected = await selectBackend(name, options);
  let failure: ZkvmError;
  try {
    return await work(selected);
  } catch (error) {
    if (!givesUp(name, selected, error)) throw error;
    failure = error;
  } finally {
    await selected.close();
  }
  const other = await selectNext(selected, failure, options);
  try {
    return await work(other);
  } finally {
    await other.close();
  }
}
