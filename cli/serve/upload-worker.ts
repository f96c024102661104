// The thread of one upload: reads or compiles the model, writes its files, says what it is. Source: upload.ts. Caveat: it is ended at a limit,
// wherever it is, so files in its folder may be half written; the model's own file never is.
import { parentPort, workerData } from 'node:worker_threads';
import { keepFile, modelFileIn, recordFileIn } from './data-folder.ts';
import { logStack, serviceError } from './folder-errors.ts';
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
    const { zkb, record, about } = await readUpload(upload, folder);
    keepFile(recordFileIn(root, about.id), record);
    keepFile(modelFileIn(root, about.id), zkb);
    answer = { about };
  } catch (error) {
    const typed = serviceError(error);
    answer = { error: errorBody(typed), stack: logStack(typed) };
  }
  parentPort.postMessage(answer);
}
