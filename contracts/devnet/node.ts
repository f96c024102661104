// A local Starknet (starknet-devnet) for tests: started on a free port, stopped by its process id. It bills by Sierra gas as the network does: a
// contract is billed so only if the account that calls it is, so its accounts get their own class once more, with the version that says so.
// Caveat: devnet checks neither the size of calldata nor audited libfuncs; calldata.ts and compile.ts check what it does not.
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { ZkvmError } from '../../fri/core/errors.ts';
import { cacheFolder, findTool } from './cache.ts';

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
  return launch(tool, { ...options, port }, ['--account-class-custom', await meteredAccount(tool)]);
}

/** what a devnet answers to a question */
async function ask<T>(url: string, method: string, params: unknown): Promise<T> {
  const response = await fetch(`${url}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = (await response.json()) as { result?: T; error?: unknown };
  if (result === undefined)
    throw new ZkvmError('chain', 'ZK0740', { what: `starknet-devnet does not answer ${method}`, why: JSON.stringify(error) });
  return result;
}

/** a Sierra version that is billed by Sierra gas: 1.7 is the least */
const METERED_VERSION = '1.8.0';

/** gives the class another hash: devnet declares the one that it is made of later, and would put it in its place */
const MARK = { type: 'struct', name: 'zkvm::Metered', members: [] } as const;

/** The file of the class of devnet's accounts with a version by which it is billed by Sierra gas; written once, from a devnet that says it. */
async function meteredAccount(tool: string): Promise<string> {
  const file = path.join(cacheFolder('devnet'), `account-${METERED_VERSION}.json`);
  if (fs.existsSync(file)) return file;
  const { url, stop } = await launch(tool, { port: await freePort() }, []);
  try {
    const [{ address }] = await ask<[{ address: string }]>(url, 'devnet_getPredeployedAccounts', {});
    const params = { block_id: 'latest', contract_address: address };
    const { abi, ...rest } = await ask<{ abi: string }>(url, 'starknet_getClassAt', params);
    const account = { ...rest, abi: [...(JSON.parse(abi) as unknown[]), MARK], contract_class_version: METERED_VERSION };
    const partial = `${file}.${process.pid}`;
    fs.writeFileSync(partial, JSON.stringify(account));
    fs.renameSync(partial, file);
  } finally {
    await stop();
  }
  return file;
}

async function launch(
  tool: string,
  { port, timeoutSeconds = 600 }: { port: number; timeoutSeconds?: number },
  more: readonly string[],
): Promise<Devnet> {
  const timeout = String(timeoutSeconds);
  const child = spawn(tool, ['--seed', '0', '--port', String(port), '--timeout', timeout, ...more], {
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
