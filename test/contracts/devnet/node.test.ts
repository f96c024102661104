// Starting a devnet: what can go wrong before one runs. Caveat: the real one is started by every test of test/devnet.
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { startDevnet } from '../../../contracts/devnet/node.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-devnet-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

/** a cache whose devnet is this shell script */
function playDevnet(script: string): void {
  const bin = path.join(folder, 'tools', 'bin');
  fs.mkdirSync(bin, { recursive: true });
  fs.writeFileSync(path.join(bin, 'starknet-devnet'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv('ZKVM_CACHE', folder);
}

test('that is not installed says how to install it', async () => {
  vi.stubEnv('ZKVM_CACHE', path.join(folder, 'empty'));
  vi.stubEnv('PATH', '');
  await expect(startDevnet()).rejects.toMatchObject({
    code: 'ZK0740',
    exitCode: 7,
    fix: expect.stringContaining('npm run devnet:install'),
  });
});

test('on a port that is taken is refused, whoever answers there', async () => {
  playDevnet('exit 0');
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await expect(startDevnet({ port })).rejects.toMatchObject({ code: 'ZK0740', what: `port ${port} is not free` });
  await new Promise((resolve) => server.close(resolve));
});

test('that ends at once says what it said', async () => {
  playDevnet('echo "error: bad argument" >&2; exit 2');
  await expect(startDevnet()).rejects.toMatchObject({ code: 'ZK0740', why: expect.stringContaining('bad argument') });
});
