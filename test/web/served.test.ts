// Which network a page gets: none as it is built, the one of a file that is named, and a devnet where it is served on one's own machine; and that its node, and
// no other, stands in both policies. Source: web/vite.config.ts. Caveat: the server is vite's; who serves the page otherwise builds it with the file.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build, preview } from 'vite';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { DEVNET } from '../../web/chain-settings.ts';
import { BUILT } from './kit.ts';

const WEB = path.join(import.meta.dirname, '../../web');
const CONFIG = path.join(WEB, 'vite.config.ts');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-served-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
afterEach(() => void vi.unstubAllEnvs());

const SEPOLIA = { name: 'Sepolia', rpc: 'https://node.example/rpc/v0_10', chainId: 'SN_SEPOLIA', explorer: 'https://explorer.example' };
/** the name of a file with these settings */
function named(settings: unknown, name = 'chain.json'): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, JSON.stringify(settings));
  return file;
}

/** what the server says of an address */
async function asked(address: string): Promise<{ text: string; policy: string }> {
  const server = await preview({ root: WEB, configFile: CONFIG, logLevel: 'silent', preview: { port: 0, host: '127.0.0.1' } });
  try {
    const answer = await fetch(new URL(address, server.resolvedUrls!.local[0]));
    return { text: await answer.text(), policy: answer.headers.get('content-security-policy')! };
  } finally {
    await server.close();
  }
}
const connectOf = (policy: string): string => /connect-src ([^;"]*)/.exec(policy.replaceAll('&#39;', "'"))![1]!;

describe('npm run web', () => {
  test('builds a page without a network, which may ask its own server alone', () => {
    expect(fs.readFileSync(path.join(BUILT, 'chain.json'), 'utf8')).toBe('{}');
    expect(connectOf(fs.readFileSync(path.join(BUILT, 'index.html'), 'utf8'))).toBe("'self'");
  });

  test('builds it for the network of a file, whose node the page may ask', async () => {
    vi.stubEnv('ZKVM_WEB_CHAIN', named(SEPOLIA));
    const outDir = path.join(folder, 'dist');
    await build({ root: WEB, configFile: CONFIG, logLevel: 'silent', build: { outDir } });
    expect(JSON.parse(fs.readFileSync(path.join(outDir, 'chain.json'), 'utf8'))).toEqual(SEPOLIA);
    expect(connectOf(fs.readFileSync(path.join(outDir, 'index.html'), 'utf8'))).toBe("'self' https://node.example");
    expect(JSON.parse(fs.readFileSync(path.join(outDir, 'files.json'), 'utf8')).files).toContain('./chain.json');
  });

  test('refuses a file that is wrong, and says which setting', async () => {
    vi.stubEnv('ZKVM_WEB_CHAIN', named({ ...SEPOLIA, rpc: 'ftp://node.example' }, 'wrong.json'));
    await expect(build({ root: WEB, configFile: CONFIG, logLevel: 'silent' })).rejects.toThrow('setting rpc');
  });
});

describe('npm run web:serve', () => {
  test('serves a page without a network with a devnet of this machine', async () => {
    expect(JSON.parse((await asked('/chain.json')).text)).toMatchObject(DEVNET);
    const { text, policy } = await asked('/');
    expect(connectOf(text)).toBe("'self' http://127.0.0.1:5050");
    expect(connectOf(policy)).toBe("'self' http://127.0.0.1:5050");
    const worker = fs.readdirSync(path.join(BUILT, 'assets')).find((name) => name.startsWith('chain-worker'));
    expect(connectOf((await asked(`/assets/${worker}`)).policy)).toBe("'self' http://127.0.0.1:5050");
  });

  test('serves it with the network of a file, as another version of the page', async () => {
    const [before, list] = [await asked('/service-worker.js'), await asked('/files.json')];
    vi.stubEnv('ZKVM_WEB_CHAIN', named(SEPOLIA));
    expect(JSON.parse((await asked('/chain.json')).text)).toEqual(SEPOLIA);
    expect(connectOf((await asked('/index.html')).text)).toBe("'self' https://node.example");
    expect((await asked('/service-worker.js')).text).not.toBe(before.text);
    expect((await asked('/files.json')).text).not.toBe(list.text);
  });
});
