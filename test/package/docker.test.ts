// The Dockerfile, as far as it can be read without docker: what it copies is there and not ignored, holds every source that the build compiles, and it
// installs packages at the versions of fri/core/packages.ts. Caveat: that the image builds is for a machine with docker to say.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { OPTIONAL_PACKAGES } from '../../fri/core/packages.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const textOf = (file: string): string => fs.readFileSync(path.join(ROOT, file), 'utf8');
const dockerfile = textOf('Dockerfile');
const linesOf = (text: string): string[] =>
  text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

/** what the first stage takes from the checkout */
const copied = (text: string): string[] =>
  linesOf(text).flatMap((line) => (line.startsWith('COPY ') && !line.includes('--from=') ? line.split(/\s+/).slice(1, -1) : []));

/** what is wrong with it */
function faults(text: string): string[] {
  const allowed = linesOf(textOf('.dockerignore')).flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
  const names = copied(text);
  const { include } = JSON.parse(textOf('tsconfig.build.json')) as { include: string[] };
  const { files } = JSON.parse(textOf('package.json')) as { files: string[] };
  const packed = files.filter((name) => !name.startsWith('!') && name !== 'dist').map((name) => name.split('/')[0]!);
  return [
    ...names.filter((name) => !fs.existsSync(path.join(ROOT, name))).map((name) => `${name} is copied and not there`),
    ...names.filter((name) => !allowed.includes(name)).map((name) => `${name} is copied and ignored`),
    ...allowed.filter((name) => !names.includes(name)).map((name) => `${name} is sent and not copied`),
    ...[...include, ...packed, 'bench', 'web', 'test/models']
      .filter((name) => !names.includes(name))
      .map((name) => `${name} is needed and not copied`),
  ];
}

test('it copies what is there and what the build needs', () => {
  expect(faults(dockerfile)).toEqual([]);
  expect(faults(dockerfile.replace('COPY vm vm\n', ''))).toEqual(['vm is sent and not copied', 'vm is needed and not copied']);
  expect(faults(dockerfile.replace('COPY vm vm\n', 'COPY vm vn vm\n'))).toEqual(['vn is copied and not there', 'vn is copied and ignored']);
});

test('it installs the packages of the service at the versions that zkvm names', () => {
  const install = linesOf(dockerfile).find((line) => line.includes('zkvm-*.tgz'))!;
  for (const name of ['hono', '@hono/node-server', 'node-sqlite3-wasm', 'bullmq', 'ioredis', '@aws-sdk/client-s3'] as const)
    expect(install.split(' ')).toContain(`${name}@${OPTIONAL_PACKAGES[name]}`);
});

test('its last stage runs zkvm as a user without rights and says whether the service is well', () => {
  const last = linesOf(dockerfile.slice(dockerfile.lastIndexOf('\nFROM ')));
  expect(last.indexOf('USER node')).toBeGreaterThan(0);
  expect(last.filter((line) => /^(RUN|COPY|ADD)/.test(line) && last.indexOf(line) > last.indexOf('USER node'))).toEqual([]);
  expect(last).toContain('ENTRYPOINT ["zkvm"]');
  const health = last.find((line) => line.startsWith('HEALTHCHECK'))!;
  const [command, ...args] = JSON.parse(/CMD (\[.*\])$/.exec(health)![1]!) as string[];
  expect([command, args[0]]).toEqual(['node', '-e']);
  expect(args[1]).toContain('/healthz');
  // it is JavaScript
  expect(() => new Function(args[1]!)).not.toThrow();
});
