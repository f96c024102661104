// Where built things live: outside the checkout, under ZKVM_CACHE, XDG_CACHE_HOME/zkvm or ~/.cache/zkvm.
// Caveat: everything in it can be deleted; it is built again.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export function cacheFolder(...parts: string[]): string {
  const { ZKVM_CACHE, XDG_CACHE_HOME } = process.env;
  const root = ZKVM_CACHE || path.join(XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'zkvm');
  const folder = path.join(root, ...parts);
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

/** A program that `npm run devnet:install` builds, or one on the PATH; undefined if there is none. */
export function findTool(name: string): string | undefined {
  const folders = [path.join(cacheFolder('tools'), 'bin'), ...(process.env.PATH ?? '').split(path.delimiter)];
  return folders.map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file));
}
