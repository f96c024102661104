// The verifier and the prover stay small enough for a page. Source: bench/bundles.ts. Caveat: sizes are those of the pinned esbuild; another bundler
// is off by some per cent.
import { expect, test } from 'vitest';
import { BUNDLES, bundledBytes } from '../../bench/bundles.ts';

test.each(BUNDLES)('the bundle of the $name takes at most $mostKilobytes kB', async ({ files, mostKilobytes }) => {
  const bytes = await bundledBytes(files);
  expect(bytes / 1000).toBeLessThanOrEqual(mostKilobytes);
  // a bundle of nothing would be small too
  expect(bytes / 1000).toBeGreaterThan(mostKilobytes / 3);
});

test('a verifier that takes the executor along is larger, and that is seen', async () => {
  const [verifier] = BUNDLES;
  const more = "export { execute } from './vm/executor/run.ts';";
  expect(await bundledBytes(verifier!.files, more)).toBeGreaterThan((await bundledBytes(verifier!.files)) + 1000);
});
