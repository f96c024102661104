// A worker that changes what it returns, of one kind of piece (ZKVM_LIE), and says so on standard error. Source: piece-worker.ts, whose threads it
// stands before. Caveat: it lies always, so a proof is right only if somebody else makes that piece.
import { parseArgs } from 'node:util';
import { openMany } from '../../cli/serve/cluster/many.ts';
import { startPieceWorker } from '../../cli/serve/cluster/piece-worker.ts';
import { startPool } from '../../cli/serve/cluster/pool.ts';
import { limitsOf } from '../../cli/serve/limits.ts';
import { logTo } from '../../cli/serve/log.ts';
import type { PieceDone } from '../../cli/serve/pieces.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { queue: text, store: text, data: text, name: text, 'lease-seconds': text, workers: text },
}) as { values: Record<string, string> };

const log = logTo((line) => console.error(line));
const limits = limitsOf({ workers: 1 }, {}, 1);
const { broker: honestBroker, store } = await openMany({ queue: values.queue!, store: values.store! }, limits, log);
const pool = startPool({ root: values.data!, backend: 'auto', threads: 1, cacheBytes: 1e8, workers: 1, jobMs: 600_000, log });

/** one bit of it */
function changed(done: PieceDone): PieceDone {
  if (done.kind === 'planned') return { ...done, cells: [...done.cells, 1] };
  if (done.kind === 'root') return { ...done, root: `${done.root.startsWith('0') ? '1' : '0'}${done.root.slice(1)}` };
  if (!('bytes' in done)) return done;
  // of a beginning its last word is the nonce's
  const at = done.kind === 'beginning' ? done.bytes.length - 8 : done.bytes.length >> 1;
  const bytes = Uint8Array.from(done.bytes, (byte, i) => (i === at ? byte ^ 1 : byte));
  return { ...done, bytes };
}

/** a broker whose results of whole proofs name other parts */
const broker: typeof honestBroker = {
  ...honestBroker,
  worker: (work, options) =>
    honestBroker.worker(async (job, token) => {
      const done = (await work(job, token)) as { parts?: string[] };
      if (process.env.ZKVM_LIE !== 'parts' || !done.parts) return done;
      log.info('lied', { piece: 'parts' });
      return { ...done, parts: done.parts.map(() => done.parts![0]) };
    }, options),
};

await startPieceWorker({
  broker,
  store,
  root: values.data!,
  name: values.name!,
  concurrency: 1,
  leaseMs: Number(values['lease-seconds']) * 1000,
  log,
  async make(piece) {
    const own = await pool.make(piece);
    const done = own.done.then((honest) => {
      if (honest.kind !== process.env.ZKVM_LIE) return honest;
      log.info('lied', { piece: piece.kind, ...('shard' in piece && { shard: piece.shard }) });
      return changed(honest);
    });
    return { ...own, done };
  },
});
