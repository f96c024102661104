// Our single-threaded kernels beside those of another WASM module, in turns: transforms, leaf hashing, sums of columns. The module
// imports a shared memory `env.memory`, finds 2^31 - 1 in four lanes at byte 64, and exports some of cfft(data, n, twiddles),
// blake(columns, out, rows, columns), qacc(columns, stride, columns, weights, out, out stride, rows). Caveat: only times are compared;
// what the other module computes is its own affair, and the least of many turns is what both could do undisturbed.
import fs from 'node:fs';
import { P } from '../fri/core/m31.ts';
import { DEEP_ENTRY_BYTES } from '../gpu/wasm/kernels/opening.ts';
import { Session } from '../gpu/wasm/session.ts';
import { buildTree, releaseTree } from '../gpu/wasm/tree.ts';

const TURNS = 40;
const PAGES = 65_535;
/** free for data in the other module's memory */
const DATA = 2 ** 20;

const FFT_LOG = 20;
const HASH_LOG = 14;
const HASH_COLUMNS = 16;
const SUM_LOG = 16;
const SUM_COLUMNS = 100;

type Kernel = (...args: number[]) => unknown;

interface Contest {
  name: string;
  unit: string;
  /** units of work of one call */
  ours: { work: number; run(): void };
  theirs: { work: number; run(): void };
}

/** prints nanoseconds a unit of both, and the ratio */
function report({ name, unit, ours, theirs }: Contest): void {
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let turn = 0; turn < TURNS; turn++)
    for (const [i, { run }] of [ours, theirs].entries()) {
      const started = performance.now();
      run();
      best[i] = Math.min(best[i]!, performance.now() - started);
    }
  const [own, other] = [(best[0]! * 1e6) / ours.work, (best[1]! * 1e6) / theirs.work];
  console.log(
    `${name.padEnd(14)} ${own.toFixed(2).padStart(9)} ns ${unit}, reference ${other.toFixed(2)} ns, ratio ${(own / other).toFixed(2)}`,
  );
}

/** @param file a WASM module as described above */
export async function compareWith(file: string): Promise<void> {
  const memory = new WebAssembly.Memory({ initial: 2048, maximum: PAGES + 1, shared: true });
  const words = new Uint32Array(memory.buffer);
  words.fill(P, 16, 20);
  for (let i = DATA / 4; i < words.length; i++) words[i] = Math.imul(i, 2654435761) >>> 1;
  const { instance } = await WebAssembly.instantiate(fs.readFileSync(file), { env: { memory, abort: () => undefined } });
  const { cfft, blake, qacc } = instance.exports as Record<string, Kernel | undefined>;
  console.log(`beside ${file}, one thread:`);

  const session = await Session.start(1);
  const filled = (columns: number, logSize: number) => {
    const block = session.block(columns, logSize);
    for (let c = 0; c < columns; c++) {
      const column = session.view(block, c);
      for (let i = 0; i < column.length; i++) column[i] = (Math.imul(i + c, 2654435761) >>> 1) % P;
    }
    return block;
  };
  if (cfft) {
    const block = filled(1, FFT_LOG);
    const target = session.block(1, FFT_LOG);
    const { address: tower } = session.tower(FFT_LOG);
    const butterflies = (2 ** FFT_LOG / 2) * FFT_LOG;
    report({
      name: 'transform',
      unit: 'a butterfly',
      ours: {
        work: butterflies,
        run: () => session.run('evaluate', { data: target.address, delta: block.address - target.address, k: FFT_LOG, node: 1, tower }),
      },
      theirs: { work: butterflies, run: () => cfft(DATA, FFT_LOG, DATA + 4 * 2 ** FFT_LOG) },
    });
  }
  if (blake) {
    const columns = session.columnsOf(filled(HASH_COLUMNS, HASH_LOG));
    const rows = 2 ** HASH_LOG;
    report({
      name: 'hash',
      unit: 'a compression',
      // a whole tree: a compression a leaf and one a node
      ours: { work: 2 * rows - 1, run: () => releaseTree(session, buildTree(session, columns)) },
      theirs: { work: rows, run: () => blake(DATA, DATA + 4 * HASH_COLUMNS * rows, rows, HASH_COLUMNS) },
    });
  }
  if (qacc) {
    const block = filled(SUM_COLUMNS, SUM_LOG);
    const out = session.block(4, SUM_LOG);
    const entries = new Uint32Array((SUM_COLUMNS * DEEP_ENTRY_BYTES) / 4);
    session.columnsOf(block).forEach(({ address }, c) => {
      entries.set([address, 0, 0, 0, 5 + c, 7 + c, 11 + c, 13 + c], 8 * c);
    });
    const table = session.memory.table(entries);
    const rows = 2 ** SUM_LOG;
    const outAt = DATA + 4 * SUM_COLUMNS * rows;
    report({
      name: 'weighted sum',
      unit: 'a cell',
      ours: {
        work: SUM_COLUMNS * rows,
        run: () =>
          session.run('deepNumerator', {
            list: table,
            count: SUM_COLUMNS,
            below: 0,
            belowStride: 0,
            lift: 0,
            group: 0,
            groups: rows / 4,
            out: out.address,
            outStride: out.stride,
          }),
      },
      theirs: { work: SUM_COLUMNS * rows, run: () => qacc(DATA, 4 * rows, SUM_COLUMNS, 4096, outAt, 4 * rows, rows) },
    });
  }
  session.close();
}
