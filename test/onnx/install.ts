// Puts the backend test cases of the `onnx` package into the cache folder, once: a virtual environment of Python, the package from PyPI, and
// generate.py. Caveat: needs python3 with venv, and the network the first time; nothing of it is part of the product.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../../contracts/devnet/cache.ts';
import { dataFolder, isInstalled, ONNX_VERSION } from './cases.ts';

function call(command: string, args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'inherit', 'pipe'] });
  if (status === 0) return;
  const why = error?.message ?? stderr.trim().split('\n').at(-1) ?? `exit ${status}`;
  throw new Error(
    `the test cases of onnx ${ONNX_VERSION} could not be made: ${[command, ...args].join(' ')}: ${why}; ` +
      'install python3 with venv, and allow pip to reach a package index',
  );
}

/** @throws if Python, pip or the package is not to be had */
export function installCases(): void {
  if (isInstalled()) return;
  const environment = path.join(cacheFolder('onnx', ONNX_VERSION), 'venv');
  const python = path.join(environment, 'bin', 'python');
  if (!fs.existsSync(python)) call('python3', ['-m', 'venv', environment]);
  call(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `onnx==${ONNX_VERSION}`]);
  call(python, ['-W', 'ignore', path.join(import.meta.dirname, 'generate.py'), dataFolder()]);
}
