// A local Starknet (starknet-devnet) for tests: started on a free port, stopped by its process id. Caveat: devnet checks neither the size
// of calldata nor audited libfuncs, and bills by VM resources; calldata.ts and compile.ts check what it does not.
import { type ChildProcess, spawn } from 'node:child_process';
import net from 'node:net';
import { ZkvmError } from '../../fri/core/errors.ts';
import { findTool } from './cache.ts';

export interface Devnet {
  url: string;
  process: ChildProcess;
  stop(): Promise<void>;
}

/** A port that nobody listens on: the wanted one, or any. @throws ZK0740 when the wanted one is taken */
const freePort = (wanted = 0): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', (cause) =>
      reject(
        new ZkvmError('chain', 'ZK0740', {
          what: `port ${wanted} is not free`,
          why: cause.message,
          fix: 'stop what listens there: another devnet?',
          cause,
        }),
      ),
    );
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });

const START_MS = 60_000;

/**
 * Starts a devnet, on a free port if none is given.
 * @param timeoutSeconds how long a request may take
 * @throws ZK0740 when it is not installed or does not answer
 */
export async function startDevnet(options: { port?: number; timeoutSeconds?: number } = {}): Promise<Devnet> {
  const tool = findTool('starknet-devnet');
  if (!tool)
    throw new ZkvmError('chain', 'ZK0740', {
      what: 'starknet-devnet is not installed',
      fix: 'npm run devnet:install (about 20 minutes, once)',
    });
  const port = await freePort(options.port);
  const child = spawn(tool, ['--seed', '0', '--port', String(port), '--timeout', String(options.timeoutSeconds ?? 600)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (data: Uint8Array) => {
    errors = (errors + data.toString()).slice(-2000);
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once('exit', () => resolve());
      child.kill('SIGTERM');
    });
  for (const started = performance.now(); performance.now() - started < START_MS; ) {
    if (child.exitCode !== null) break;
    const alive = await fetch(`${url}/is_alive`).then(
      (response) => response.ok,
      () => false,
    );
    if (alive) return { url, process: child, stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new ZkvmError('chain', 'ZK0740', { what: 'starknet-devnet does not start', why: errors });
}
