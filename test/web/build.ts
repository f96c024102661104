// Builds the page once for all of its tests. Caveat: into the folder of `npm run web`, where the last build lies afterwards.
import path from 'node:path';
import { build } from 'vite';

export default async function setup(): Promise<void> {
  await build({ root: path.join(import.meta.dirname, '../../web'), logLevel: 'warn' });
}
