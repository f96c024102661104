// Packages that zkvm runs without and somebody who wants what they give installs: their versions, and the error that names the command.
// Source: `peerDependencies` of package.json, which a test holds against this list. Caveat: an import is recognised as missing by Node's words
// and Bun's; any other failure of a package that is there is the caller's to tell.

/** what `npm install NAME@VERSION` needs to get one that fits */
export const OPTIONAL_PACKAGES = {
  webgpu: '0.6',
  starknet: '10',
  hono: '4',
  '@hono/node-server': '2',
  'node-sqlite3-wasm': '0.8',
  bullmq: '6',
  ioredis: '6',
  '@aws-sdk/client-s3': '3',
} as const;
export type OptionalPackage = keyof typeof OPTIONAL_PACKAGES;

/** Whether an import failed because this package is not there, and not because of something inside it. */
export function isNotInstalled(name: OptionalPackage, error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return (
    code === 'ERR_MODULE_NOT_FOUND' &&
    typeof message === 'string' &&
    [`'${name}'`, `"${name}"`].some((quoted) => message.includes(`package ${quoted}`))
  );
}

/** The command that installs it. */
export const installCommand = (...names: readonly OptionalPackage[]): string =>
  `npm install ${names.map((name) => `${name}@${OPTIONAL_PACKAGES[name]}`).join(' ')}`;

/** What to do about packages that are missing: node looks for them where zkvm lies. */
export const installFix = (...names: readonly OptionalPackage[]): string =>
  `${installCommand(...names)} (with -g where zkvm itself was installed with -g)`;
