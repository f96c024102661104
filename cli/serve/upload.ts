// Uploads: one at a time in a thread with limits of time and memory, a few more may wait, others are told to come back. Source: ours.
// Caveat: the limit of memory is of the JavaScript heap; arrays are bounded by what the compiler lets a small file blow up into.
import fs from 'node:fs';
import { usage, type ZkvmError } from '../../fri/core/errors.ts';
import type { DataFolder } from './data-folder.ts';
import type { Log } from './log.ts';
import type { AboutModel } from './models.ts';
import type { Upload } from './read-upload.ts';
import { errorOf } from './thread-errors.ts';
import { startThread } from './threads.ts';
import type { FromUpload, UploadData } from './upload-worker.ts';

const MOST_WAITING = 4;

export interface Uploads {
  /** @throws ZK0925 when too many wait, ZK0923 at a limit, and what the model deserves */
  read(upload: Upload): Promise<AboutModel>;
  close(): Promise<void>;
}

export interface UploadsOptions {
  root: string;
  folder: Pick<DataFolder, 'uploadFolder'>;
  ms: number;
  heapMegabytes: number;
  log: Log;
}

export function startUploads({ root, folder: data, ms, heapMegabytes, log }: UploadsOptions): Uploads {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let end: (() => Promise<unknown>) | undefined;

  const limit = (what: string): ZkvmError =>
    usage('ZK0923', { what, fix: 'compile the model with `zkvm compile` where there is more, and upload the .zkb' });

  const run = (upload: Upload): Promise<AboutModel> => {
    const folder = data.uploadFolder();
    const worker = startThread('upload-worker', { root, folder, upload } satisfies UploadData, { maxOldGenerationSizeMb: heapMegabytes });
    end = () => worker.terminate();
    return new Promise<AboutModel>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(limit(`reading the model took longer than ${ms / 1000} s`));
        void worker.terminate();
      }, ms);
      worker.on('message', (answer: FromUpload) => {
        clearTimeout(timer);
        if ('about' in answer) return resolve(answer.about);
        if (answer.stack) log.error('an upload failed', { stack: answer.stack });
        reject(errorOf(answer.error));
      });
      worker.on('error', (error: NodeJS.ErrnoException) =>
        reject(
          error.code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? limit(`reading the model took more than ${heapMegabytes} MB of memory`)
            : limit(`reading the model ended early: ${error.message}`),
        ),
      );
      worker.on('exit', () => {
        clearTimeout(timer);
        reject(usage('ZK0920', { what: 'the service stops', fix: 'send the model again when it runs' }));
      });
    }).finally(async () => {
      await worker.terminate();
      fs.rmSync(folder, { recursive: true, force: true });
    });
  };

  return {
    async read(upload) {
      if (waiting > MOST_WAITING)
        throw usage('ZK0925', { what: 'too many models are being read', why: `${waiting} of them`, fix: 'send it again in a moment' });
      waiting++;
      const turn = last.then(() => run(upload));
      last = turn.catch(() => {}).then(() => void waiting--);
      return turn;
    },
    async close() {
      await end?.();
    },
  };
}
