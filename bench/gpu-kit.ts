// Packs what a bare x86-64 Linux machine with a GPU and nothing else needs to hold the WebGPU backend against the others and to measure
// it: Node, the compiled sources, dawn.node, the Vulkan loader, models. Run: npx tsx bench/gpu-kit.ts [folder, .gpu-kit if left out]
// [--onnx folder of models]. There: bash <folder>/run.sh, which prints both tables and ends with 1 on a difference.
// Caveat: the GPU's own driver must be there; the C library must not be older than this machine's.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import ts from 'typescript';

const ROOT = path.join(import.meta.dirname, '..');
const ENTRIES = ['bench/webgpu.ts', 'bench/conformance.ts', 'cli/gpu-probe.ts'];
/** heights of the largest chip for about 3, 12, 47, 93 and 187 million cells */
const SIZES = '14,16,18,19,20';
const WASM_UP_TO = 18;
const DAWN = 'linux-x64';

const { values: options, positionals } = parseArgs({
  options: { onnx: { type: 'string', default: path.join(ROOT, 'test/models') } },
  allowPositionals: true,
});
const out = path.resolve(positionals[0] ?? path.join(ROOT, '.gpu-kit'));
const content = path.join(out, 'content');
const app = path.join(content, 'app');
fs.rmSync(content, { recursive: true, force: true });
fs.mkdirSync(path.join(content, 'bin'), { recursive: true });
fs.mkdirSync(path.join(content, 'lib'));

const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)/g;
const COMPILER: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

/** the sources that the entries need, as JavaScript; the result is the packages that they import */
function compileSources(): Set<string> {
  const packages = new Set<string>();
  const done = new Set<string>();
  const compile = (source: string): void => {
    // a page and what serves it stay here
    if (done.has(source) || source.startsWith('test/browser/')) return;
    done.add(source);
    const file = path.join(ROOT, source);
    const text = ts.transpileModule(fs.readFileSync(file, 'utf8'), { compilerOptions: COMPILER, fileName: file }).outputText;
    const target = path.join(app, source.replace(/\.ts$/, '.js'));
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
    for (const match of text.matchAll(IMPORT)) {
      const name = (match[1] ?? match[2])!;
      if (name.startsWith('.')) compile(path.posix.join(path.posix.dirname(source), name.replace(/\.js$/, '.ts')));
      else if (!name.startsWith('node:')) packages.add(name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
    }
  };
  for (const entry of ENTRIES) compile(entry);
  fs.writeFileSync(path.join(app, 'package.json'), '{ "type": "module" }\n');
  return packages;
}

function copyPackages(names: Iterable<string>): string[] {
  const copied = new Set<string>();
  const copy = (name: string, required: boolean): void => {
    const from = path.join(ROOT, 'node_modules', name);
    if (copied.has(name)) return;
    if (!fs.existsSync(from)) {
      if (required) throw new Error(`package ${name} is not installed: npm install`);
      return;
    }
    copied.add(name);
    const filter = (file: string): boolean => {
      const platform = /^webgpu\/dist\/([^/]+)$/.exec(path.relative(path.join(ROOT, 'node_modules'), file));
      return platform === null || platform[1] === DAWN || platform[1]!.endsWith('.js');
    };
    fs.cpSync(from, path.join(app, 'node_modules', name), { recursive: true, filter });
    const { dependencies = {}, optionalDependencies = {} } = createRequire(import.meta.url)(path.join(from, 'package.json'));
    for (const other of Object.keys(dependencies)) copy(other, true);
    for (const other of Object.keys(optionalDependencies)) copy(other, false);
  };
  for (const name of names) copy(name, true);
  return [...copied].sort();
}

function copyLoader(): void {
  const line = execFileSync('ldconfig', ['-p'], { encoding: 'utf8' })
    .split('\n')
    .find((text) => /libvulkan\.so\.1 .*x86-64/.test(text));
  if (!line) throw new Error('no Vulkan loader here (libvulkan.so.1): install the package libvulkan1');
  fs.copyFileSync(fs.realpathSync(line.split('=> ')[1]!.trim()), path.join(content, 'lib/libvulkan.so.1'));
}

const RUN = `#!/usr/bin/env bash
# Unpacks the kit beside itself and runs it: whole models on js, wasm and the GPU, then synthetic traces with a table for each size.
# MODELS=a,b and SIZES=14,16 choose; ALLOW_SOFTWARE=1 takes a software adapter (to try the kit itself).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kit=\${KIT:-$here/content}
[ -d "$kit" ] || { mkdir -p "$kit"; tar -C "$kit" -xJf "$here/kit.tar.xz"; }
export LD_LIBRARY_PATH="$kit/lib:\${LD_LIBRARY_PATH:-}"
if [ -z "\${VK_DRIVER_FILES:-}" ] && ! ls /usr/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json >/dev/null 2>&1; then
  # a driver that is mounted somewhere else
  icd=$(find / -name 'nvidia_icd*.json' -not -path '/proc/*' 2>/dev/null | head -n 1 || true)
  [ -z "$icd" ] || export VK_DRIVER_FILES="$icd"
fi
node="$kit/bin/node"
"$node" "$kit/app/cli/gpu-probe.js" webgpu
# a software adapter is neither what this is for nor quick
"$node" "$kit/app/cli/gpu-probe.js" webgpu | grep -q '"software":false' || [ "\${ALLOW_SOFTWARE:-}" = 1 ] || { echo 'no GPU here' >&2; exit 6; }
failed=0
"$node" "$kit/app/bench/conformance.js" --onnx "$kit/models" \${MODELS:+--models "$MODELS"} --tiers js,wasm1,wasm2,webgpu --strict || failed=1
"$node" "$kit/app/bench/webgpu.js" --check --sizes "\${SIZES:-${SIZES}}" --wasm ${WASM_UP_TO} \${ALLOW_SOFTWARE:+--software} || failed=1
exit $failed
`;

const packages = copyPackages(compileSources());
fs.copyFileSync(process.execPath, path.join(content, 'bin/node'));
try {
  execFileSync('strip', [path.join(content, 'bin/node')], { stdio: 'ignore' });
} catch {
  console.log('no `strip` here: the kit is 10 MB larger');
}
copyLoader();
fs.cpSync(options.onnx, path.join(content, 'models'), { recursive: true });
fs.writeFileSync(path.join(out, 'run.sh'), RUN, { mode: 0o755 });
execFileSync('tar', ['-C', content, '-cJf', path.join(out, 'kit.tar.xz'), '.'], {
  stdio: 'inherit',
  env: { ...process.env, XZ_OPT: '-T0 -3' },
});
fs.rmSync(content, { recursive: true });
console.log(`${out}: ${(fs.statSync(path.join(out, 'kit.tar.xz')).size / 1e6).toFixed(1)} MB, packages ${packages.join(' ')}`);
