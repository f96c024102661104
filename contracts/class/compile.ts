// Cairo sources → Sierra (npm wasm-cairo, Cairo 2.8.2) → rewritten Sierra (sierra.ts) → CASM (universal-sierra-compiler), with the limits of
// a class checked. Results are kept by the hash of everything they depend on. Source: DESIGN §10. Caveat: wasm-cairo takes one text, so the
// files of a class are joined in order; a class takes about half a minute and 1.2 GB to compile.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bug, ZkvmError } from '../../fri/core/errors.ts';
import { cacheFolder, findTool } from '../devnet/cache.ts';
import { type Rewrite, rewriteSierra, SIERRA_VERSION, type SierraClass } from './sierra.ts';

/** The network's limits of one class. Source: Starknet documentation "Chain limits", November 2026. */
export const CLASS_LIMITS = { felts: 81_920, bytes: 4_089_446 } as const;

/** part of the cache key: raise it when this file changes what comes out */
const BUILD_VERSION = '1';

const VERIFIER = [
  'm31',
  'qm31',
  'words',
  'blake2s',
  'channel',
  'merkle',
  'circle',
  'generated/sizes',
  'generated/constants',
  'record',
  'regions',
  'statement',
  'generated/air',
  'layout',
  'security',
  'transcript',
  'quotients',
  'fri',
  'openings',
  'verify',
  'shards',
];

const CONSUMER = ['generated/sizes', 'registry-interface', 'consumers/proven'];
/** consumers that may move to another registry */
const MOVING = [...CONSUMER, 'consumers/moving'];

/** The classes, each a list of files under contracts/cairo, joined in this order. */
export const CLASSES: Readonly<Record<string, readonly string[]>> = {
  registry: [...VERIFIER, 'registry-interface', 'registry'],
  oracle: [...MOVING, 'consumers/oracle'],
  airdrop: [...CONSUMER, 'consumers/airdrop'],
  bounty: [...CONSUMER, 'consumers/bounty'],
  dao: [...MOVING, 'consumers/text', 'consumers/dao'],
  market: [...MOVING, 'consumers/market'],
  matching: [...MOVING, 'consumers/matching'],
};

/** The verifier's parts behind entry points of their own, for the shared vectors. */
export const VECTOR_CLASS: readonly string[] = [...VERIFIER, 'tests/vectors'];

/** A contract of no good will, for tests of the consumers. */
export const PUPPET_CLASS: readonly string[] = ['tests/puppet'];

export interface BuiltClass {
  name: string;
  contract: SierraClass;
  casm: { bytecode: string[] } & Record<string, unknown>;
  rewrite: Rewrite;
  /** felts of the Sierra and of the CASM program, bytes of the class file */
  sierraFelts: number;
  casmFelts: number;
  bytes: number;
}

/** a text under contracts/ */
const contractsText = (name: string): string => fs.readFileSync(path.join(import.meta.dirname, '..', name), 'utf8');

/** the text that the compiler gets for a class */
export function joinedSource(name: string, files: readonly string[] | undefined = CLASSES[name]): string {
  if (!files) throw bug(`there is no class ${name}`);
  return files.map((file) => `// ---- ${file}.cairo\n${contractsText(`cairo/${file}.cairo`)}`).join('\n');
}

interface WasmCairo {
  initSync(options: { module: Uint8Array }): unknown;
  compileStarknetContract(text: string, allowWarnings: boolean, replaceIds: boolean): string;
}

let loaded: WasmCairo | undefined;

async function wasmCairo(): Promise<WasmCairo> {
  if (loaded) return loaded;
  try {
    const module = (await import('wasm-cairo')) as unknown as WasmCairo;
    const file = createRequire(import.meta.url).resolve('wasm-cairo/wasm-cairo_bg.wasm');
    module.initSync({ module: fs.readFileSync(file) });
    loaded = module;
    return module;
  } catch (cause) {
    throw new ZkvmError('chain', 'ZK0721', {
      what: 'the Cairo compiler is not installed',
      fix: 'npm install --save-dev wasm-cairo@0.10.2',
      cause,
    });
  }
}

/** Cairo text → rewritten Sierra. @throws ZK0722 with the compiler's message */
export async function compileCairo(text: string): Promise<{ contract: SierraClass; rewrite: Rewrite }> {
  const compiler = await wasmCairo();
  const result = compiler.compileStarknetContract(text, true, true);
  let contract: SierraClass;
  try {
    contract = JSON.parse(result) as SierraClass;
  } catch {
    throw new ZkvmError('bug', 'ZK0722', { what: 'the Cairo sources do not compile', why: result.slice(0, 4000) });
  }
  return rewriteSierra(contract);
}

/** Sierra → CASM. @throws ZK0723 when the compiler is missing or refuses */
function compileCasm(contract: SierraClass, folder: string): BuiltClass['casm'] {
  const tool = findTool('universal-sierra-compiler');
  if (!tool)
    throw new ZkvmError('chain', 'ZK0723', {
      what: 'universal-sierra-compiler is not installed',
      fix: 'npm run devnet:install (about 20 minutes, once)',
    });
  const sierra = path.join(folder, `sierra-${process.pid}.json`);
  const casm = path.join(folder, `casm-${process.pid}.json`);
  fs.writeFileSync(sierra, JSON.stringify(contract));
  try {
    execFileSync(tool, ['compile-contract', '--sierra-path', sierra, '--output-path', casm], { stdio: 'pipe' });
    return JSON.parse(fs.readFileSync(casm, 'utf8')) as BuiltClass['casm'];
  } catch (cause) {
    const message = (cause as { stderr?: Uint8Array }).stderr?.toString() ?? String(cause);
    throw new ZkvmError('bug', 'ZK0723', { what: 'the Sierra program does not compile to CASM', why: message.slice(-2000), cause });
  } finally {
    fs.rmSync(sierra, { force: true });
    fs.rmSync(casm, { force: true });
  }
}

interface AuditedList {
  source: string;
  date: string;
  libfuncs: Record<string, string | null>;
}

/** the committed list of libfuncs that the network allows, with the least Sierra version of each */
export const auditedLibfuncs = (): AuditedList => JSON.parse(contractsText('audited-libfuncs.json')) as AuditedList;

/** Compares versions of three numbers. */
const isLater = (a: string, b: string): boolean => {
  const [x, y] = [a, b].map((version) => version.split('.').reduce((sum, part) => 1000 * sum + Number(part), 0));
  return x! > y!;
};

/** libfuncs that are not on the list, or need a later Sierra version than the class declares */
export function unauditedLibfuncs(libfuncs: readonly string[], version: string = SIERRA_VERSION): string[] {
  const list = auditedLibfuncs().libfuncs;
  return libfuncs.filter((name) => !Object.hasOwn(list, name) || isLater(list[name] ?? '0.0.0', version));
}

/** Refuses what the network would refuse. @throws ZK0724 */
export function requireDeclarable(built: BuiltClass): void {
  const refuse = (why: string): ZkvmError =>
    new ZkvmError('bug', 'ZK0724', { what: `class ${built.name} cannot be declared on Starknet`, why });
  if (built.sierraFelts > CLASS_LIMITS.felts || built.casmFelts > CLASS_LIMITS.felts)
    throw refuse(`${built.sierraFelts} Sierra and ${built.casmFelts} CASM felts, at most ${CLASS_LIMITS.felts}`);
  if (built.bytes > CLASS_LIMITS.bytes) throw refuse(`${built.bytes} bytes, at most ${CLASS_LIMITS.bytes}`);
  const unknown = unauditedLibfuncs(built.rewrite.libfuncs);
  if (unknown.length) throw refuse(`libfuncs that are not audited: ${unknown.join(', ')}`);
}

/**
 * A class ready to be declared, from the cache or built.
 * @param files Cairo files under contracts/cairo, for a class that is not in `CLASSES`
 */
export const buildClass = (name: string, files?: readonly string[]): Promise<BuiltClass> =>
  compileText(name, joinedSource(name, files ?? CLASSES[name]));

/** a Cairo text without its lines of comments, which a class does not depend on */
export const codeOf = (text: string): string => text.replace(/^\s*\/\/.*\n/gm, '');

/** The class of a whole Cairo text, from the cache or built. @throws ZK0721-ZK0724 */
export async function compileText(name: string, text: string): Promise<BuiltClass> {
  const key = createHash('sha256')
    .update(`${BUILD_VERSION}\n${codeOf(text)}`)
    .digest('hex')
    .slice(0, 32);
  const folder = cacheFolder('contracts');
  const file = path.join(folder, `${name}-${key}.json`);
  if (fs.existsSync(file)) return JSON.parse(fs.readFileSync(file, 'utf8')) as BuiltClass;
  const { contract, rewrite } = await compileCairo(text);
  const casm = compileCasm(contract, folder);
  const built: BuiltClass = {
    name,
    contract,
    casm,
    rewrite,
    sierraFelts: contract.sierra_program.length,
    casmFelts: casm.bytecode.length,
    bytes: JSON.stringify(contract).length,
  };
  requireDeclarable(built);
  const partial = `${file}.${process.pid}`;
  fs.writeFileSync(partial, JSON.stringify(built));
  fs.renameSync(partial, file);
  return built;
}
