// A backend with something around each of its operations: who notes what a proof holds (air/owned.ts) and who lets a signal in between
// (cli/backend.ts) say only that, and a new operation of the seam is an error of tsc here until both see it. Source: ours.
// Caveat: properties that the seam does not know stay as they are; a getter's value is taken once.
import type { Backend, Block, Layer, Tree } from './seam.ts';

/** what an operation gives and `free` takes back */
export type Handle = Block | Tree | Layer;

export interface Around {
  /** runs an operation, at once or later; `handlesOf` says which handles its result brings */
  operation<Result>(run: () => Promise<Result>, handlesOf: (result: Result) => readonly Handle[]): Promise<Result>;
  /** waited for inside an operation that would take too long without: what it throws ends the operation */
  between?(): Promise<void>;
  /** told which handles are given back, before they are */
  freed?(handles: readonly (Handle | undefined)[]): void;
}

type Optional = 'reserve' | 'fill' | 'startInteraction';
type Operations = Omit<Backend, 'name' | 'free' | Optional>;

const none = (): readonly Handle[] => [];
const itself = (handle: Handle): readonly Handle[] => [handle];

export function around<Own extends Backend>(backend: Own, { operation, between, freed }: Around): Own {
  const { reserve, fill, startInteraction } = backend;
  const operations: Operations = {
    upload: (...args) => operation(() => backend.upload(...args), itself),
    interpolate: (rows) => operation(() => backend.interpolate(rows), itself),
    extend: (...args) => operation(() => backend.extend(...args), itself),
    commit: (evaluations) => operation(() => backend.commit(evaluations), itself),
    interaction: (instance) => operation(() => backend.interaction(instance), itself),
    addSteps: (...args) => operation(() => backend.addSteps(...args), itself),
    runningSum: async (steps) => {
      const sum = await operation(() => backend.runningSum(steps), none);
      return () => operation(sum, none);
    },
    composition: (...args) => operation(() => backend.composition(...args), itself),
    sample: (...args) => operation(() => backend.sample(...args), none),
    deep: (...args) => operation(() => backend.deep(...args), itself),
    commitLayer: (...args) => operation(() => backend.commitLayer(...args), itself),
    fold: (...args) => operation(() => backend.fold(...args), itself),
    read: (layer) => operation(() => backend.read(layer), none),
    open: (...args) => operation(() => backend.open(...args), none),
    openLayer: (...args) => operation(() => backend.openLayer(...args), none),
    grind: (digest, bits, others) => {
      const each = between && others ? () => others().then(between) : (between ?? others);
      return operation(() => backend.grind(digest, bits, each), none);
    },
  };
  // an operation that a backend does not have is not there afterwards either
  const optional: Pick<Backend, Optional> = {
    ...(reserve && { reserve: (...args) => operation(() => reserve.apply(backend, args), none) }),
    ...(fill && {
      fill: (...args) =>
        operation(
          () => fill.apply(backend, args),
          (blocks) => blocks,
        ),
    }),
    ...(startInteraction && {
      startInteraction: async (instance) => {
        const { rows, settled } = await operation(
          () => startInteraction.call(backend, instance),
          (started) => [started.rows],
        );
        return { rows, settled: () => operation(settled, none) };
      },
    }),
  };
  return {
    ...backend,
    ...operations,
    ...optional,
    free: (...handles) => {
      freed?.(handles);
      backend.free(...handles);
    },
  };
}
