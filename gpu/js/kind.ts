// The plain-TypeScript backend as one of those that may be chosen: it runs everywhere, and is the last resort. Source: fri/backend/js/.
// Caveat: its memory is counted as that of the WASM backend and the layers of trees that one does not keep.
import type { HostKind } from '../kind/kind.ts';
import { cellsOf, commitMs, proveMs, type Rates } from '../kind/rates.ts';
import { columnBytes, droppedBytes } from '../wasm/estimate.ts';

const RATES: Rates = { fixedMs: 96, msPerQuery: 0.05, nsPerCell: 420, nsPerValue: 150, nsPerPoint: 1500, triesPerMs: 4700 };
/** a Node process with the program loaded, before any column: no WASM is compiled, and garbage a cell is left instead */
const PROCESS_BYTES = 125e6;
const GARBAGE_BYTES_PER_CELL = 15;
/** the engine optimizes functions within a fraction of a second */
const FIRST_MS = 350;
const RUNS_ON = 'plain TypeScript';

export const JS = {
  name: 'js',
  title: RUNS_ON,
  threaded: false,
  native: false,
  memory: 'process',
  auto: { fromCells: 0, yields: false, tries: () => true },
  availability: async () => ({ runsOn: RUNS_ON, lines: [], facts: {} }),
  estimate: (layout, profile) => ({
    proveMs: proveMs(RATES, layout, profile, 1),
    firstMs: FIRST_MS,
    columnBytes: columnBytes(layout, profile.logBlowup) + droppedBytes(layout, profile.logBlowup),
    processBytes: PROCESS_BYTES,
    otherBytes: GARBAGE_BYTES_PER_CELL * cellsOf(layout),
  }),
  commitMs: (columns, logSize, logBlowup) => commitMs(RATES, columns, logSize, logBlowup, 1),
  async start() {
    const { jsBackend } = await import('../../fri/backend/js/backend.ts');
    return { backend: jsBackend(), runsOn: RUNS_ON, close: async () => {} };
  },
} as const satisfies HostKind;
