// What a worker does, without its thread: a job that shall stop ends with the operation under way, also while its model is made ready, and what it had
// taken is given back; the next one starts from nothing.
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { modelFileIn } from '../../../cli/serve/data-folder.ts';
import { startProver } from '../../../cli/serve/prover.ts';
import type { NewJob } from '../../../cli/serve/queue.ts';
import { digestToHex } from '../../../fri/core/digest.ts';
import type { ZkvmError } from '../../../fri/core/errors.ts';
import { contentHash } from '../../../vm/statement/record.ts';
import { smallModel, temporaryFolder } from '../capture.ts';

const small = smallModel();
let folder: ReturnType<typeof temporaryFolder>;
let job: NewJob;
beforeEach(() => {
  folder = temporaryFolder();
  job = { model: digestToHex(contentHash(small.zkb)), profile: 'fast', context: '', strict: false, input: small.input };
  const file = modelFileIn(folder.at('.'), job.model);
  fs.mkdirSync(path.dirname(file));
  fs.writeFileSync(file, small.zkb);
});
afterEach(() => folder.remove());

const start = () => startProver({ root: folder.at('.'), backend: 'js', threads: 1, cacheBytes: 1e9, workers: 1 });

test('a job that shall stop before its model is ready makes nothing ready', async () => {
  const prover = await start();
  let asked = 0;
  const stopped = prover.prove(
    job,
    () => {},
    () => ++asked > 1, // the first operation is let through
  );
  expect(await stopped.catch((error: ZkvmError) => error.code)).toBe('ZK0922');
  expect(prover.warm()).toEqual([]);
  const { bytes } = await prover.prove(
    job,
    () => {},
    () => false,
  );
  expect(bytes.length).toBeGreaterThan(1000);
  expect(prover.warm()).toEqual([`${job.model} fast`]);
  await prover.close();
});
