// A store in a folder that every machine sees: a network drive, or one machine's own disk for tests. Source: rename(2), which puts a whole file in
// its place in one step. Caveat: as safe as the drive; files are private to the user who runs zkvm, so all machines run it as the same one.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Store } from './store.ts';

export function folderStore(root: string): Store {
  const fileOf = (name: string): string => path.join(root, ...name.split('/'));
  const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';
  return {
    async put(name, bytes) {
      const file = fileOf(name);
      const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
      await fs.promises.mkdir(path.dirname(file), { recursive: true });
      try {
        const handle = await fs.promises.open(temporary, 'wx', 0o600);
        try {
          await handle.writeFile(bytes);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await fs.promises.rename(temporary, file);
      } catch (error) {
        await fs.promises.rm(temporary, { force: true });
        throw error;
      }
    },
    async get(name) {
      try {
        return new Uint8Array(await fs.promises.readFile(fileOf(name)));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async has(name) {
      return fs.promises.access(fileOf(name)).then(
        () => true,
        (error: unknown) => {
          if (isMissing(error)) return false;
          throw error;
        },
      );
    },
    async remove(name) {
      const file = fileOf(name);
      await fs.promises.rm(file, { force: true });
      await fs.promises.rmdir(path.dirname(file)).catch(() => {}); // the last of a job takes its folder along
    },
    removeAll: (prefix) => fs.promises.rm(fileOf(prefix), { recursive: true, force: true }),
  };
}
