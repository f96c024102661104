// A Redis or Valkey of a test's own: on a free port, in a folder of its own, with every write on the disk. Source: Debian's redis-server or
// valkey-server. Caveat: it is a process of this machine, so what a network does is not tested.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const PROGRAMS = ['redis-server', 'valkey-server'];

function program(): string {
  const found = PROGRAMS.find((name) => spawnSync(name, ['--version']).status === 0);
  if (found) return found;
  throw new Error(`these tests need ${PROGRAMS.join(' or ')}: apt-get install redis-server`);
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(String(data).startsWith('+PONG'));
    });
    socket.once('error', () => resolve(false));
  });

export interface RunningRedis {
  url: string;
  start(): Promise<void>;
  /** as a machine that loses its power: what it did not write is gone */
  kill(): Promise<void>;
  remove(): Promise<void>;
}

/** @param fsync when what it wrote must be on the disk */
export async function startRedis(fsync: 'always' | 'everysec' = 'always'): Promise<RunningRedis> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-redis-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--appendfsync', fsync, '--save', ''];
    child = spawn(program(), args, { stdio: 'ignore' });
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error('redis-server ended at once');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const kill = async (): Promise<void> => {
    if (!child) return;
    const ended = new Promise((resolve) => child!.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    child = undefined;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    kill,
    async remove() {
      await kill();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
