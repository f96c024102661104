// A headless Chromium driven by Playwright: where it is, how it starts, with which kind of GPU. Source: playwright-core, which downloads no browser of its own.
// Caveat: Chromium runs without its sandbox, as root in containers must; tests give it servers on loopback only.
import { spawnSync } from 'node:child_process';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

export const NO_GPU = ['--disable-gpu', '--disable-features=Vulkan', '--use-webgpu-adapter=default'];
export const SWIFTSHADER = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--ignore-gpu-blocklist'];

/** The browser's path. @throws with what to install */
export function findChromium(): string {
  const named = process.env.CHROMIUM;
  if (named) return named;
  for (const name of NAMES) {
    const { status, stdout } = spawnSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  throw new Error(
    `no Chromium found (looked for ${NAMES.join(', ')}): install it (Debian and Ubuntu: apt-get install -y chromium), or set CHROMIUM to the path of one`,
  );
}

export const launch = (flags: readonly string[] = NO_GPU): Promise<Browser> =>
  chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--font-render-hinting=none', ...flags],
  });
