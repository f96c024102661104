// The thread of one upload: reads or compiles the model, writes its file, says what it is. Source: upload.ts. Caveat: it is ended at a limit,
// wherever it is, so files in its folder may be half written; the model's own file never is.
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { typedError } from '../io/error-text.ts';
import { keepFile, modelFileIn } from './data-folder.ts';
import type { AboutModel } from './models.ts';
import { readUpload, type Upload } from './read-upload.ts';
import { type ErrorBody, errorBody } from './status.ts';

export interface UploadData {
  /** the data folder */
  root: string;
  folder: string;
  upload: Upload;
}

export type FromUpload = { about: AboutModel } | { error: ErrorBody; stack: string | undefined };

if (parentPort) {
  const { root, folder, upload } = workerData as UploadData;
  let answer: FromUpload;
  try {
    const { zkb, about } = await readUpload(upload, folder);
    keepFile(path.resolve(modelFileIn(root, about.id)), zkb);
    answer = { about };
  } catch (error) {
    const typed = typedError(error);
    answer = { error: errorBody(typed), stack: typed.kind === 'bug' ? typed.stack : undefined };
  }
  parentPort.postMessage(answer);
}
