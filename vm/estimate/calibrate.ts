// How much slower this machine is than the one that the rates of a backend were measured on: a known commitment, made again and again for a
// fraction of a second by the backend that would prove, with its threads. Source: the phase of a proof that takes most of its time: transform,
// extension and hash of columns. Caveat: what else runs here is measured too, and a machine that is weak in another phase is misjudged.
import type { Backend } from '../../fri/backend/seam.ts';
import { P } from '../../fri/core/m31.ts';
import type { HostKind } from '../../gpu/kind/kind.ts';

const COLUMNS = 32;
const LOG_SIZE = 14;
const LOG_BLOWUP = 1;
/** the first ones compile code and take memory */
const WARM_UP_SHARE = 0.4;

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;

/** any columns do: no step looks at what the values are */
const knownColumns = (): Uint32Array[] =>
  Array.from({ length: COLUMNS }, (_, column) =>
    Uint32Array.from({ length: 2 ** LOG_SIZE }, (_, row) => (31_337 * row + 977 * column) % P),
  );

/**
 * @param backend of this kind, with so many threads
 * @param budgetMs about as long it takes, on a slow machine as long as two commitments
 * @param clock in milliseconds
 * @returns the factor of all times; 1 is the machine that the rates were measured on
 */
export async function calibrate(
  kind: HostKind,
  backend: Backend,
  threads: number,
  budgetMs: number,
  clock: () => number = () => performance.now(),
): Promise<number> {
  const columns = knownColumns();
  const commitment = async (): Promise<number> => {
    const rows = await backend.upload(columns, LOG_SIZE);
    const started = clock();
    const coefficients = await backend.interpolate(rows);
    const values = await backend.extend(coefficients, LOG_BLOWUP);
    const tree = await backend.commit([values]);
    const ms = clock() - started;
    backend.free(rows, coefficients, values, tree);
    return ms;
  };
  const began = clock();
  do await commitment();
  while (clock() - began < WARM_UP_SHARE * budgetMs);
  const measured: number[] = [];
  do measured.push(await commitment());
  while (clock() - began < budgetMs);
  return median(measured) / kind.commitMs(COLUMNS, LOG_SIZE, LOG_BLOWUP, threads);
}
