// The page as `zkvm serve` shows it: isolated, from the folder of `npm run web` and from the package's pack, without a key while the service wants one; it proves by
// itself and asks for nothing but its files. Source: cli/serve/page.ts. Caveat: the service's own tests hold headers, encodings and addresses.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { pageOfFolder, unpackPage } from '../../cli/serve/page-files.ts';
import { startRunning } from '../cli/serve/running.ts';
import { BUILT, chooseProfile, open, proveNow, takeSample, withPage } from './kit.ts';

const PACK = path.join(BUILT, '../../dist/cli/serve/page.pack');

const own = withPage();

test.each([
  ['the folder', () => pageOfFolder(BUILT)],
  ['the pack of the package', () => unpackPage(fs.readFileSync(PACK))],
] as const)('out of %s it proves', async (_name, page) => {
  const running = await startRunning({}, { key: 'a-key-of-sixteen', page: page() });
  const { url, close } = await running.listen();
  const { page: tab, complaints } = await open(own.browser, `${url}/`);
  const asked: string[] = [];
  tab.on('response', (response) => {
    const { protocol, pathname } = new URL(response.url());
    // threads start from blobs
    if (protocol !== 'blob:') asked.push(`${response.status()} ${pathname}`);
  });
  await takeSample(tab, 3);
  await chooseProfile(tab, 'fast');
  await proveNow(tab);
  expect(await tab.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(complaints).toEqual([]);
  expect(asked.filter((answer) => !/^200 \/(assets\/|models\/|icon\.svg$)/.test(answer))).toEqual([]);
  await tab.context().close();
  await close(1000);
  await running.stop();
});
