// A page in one file: one HTML text with style, script and licences inside, places for what the command line fills in, and a policy that allows this style and this
// script by their hashes and nothing else. Source: CSP level 3; Vite. Caveat: what is filled in are a title and data; neither is a script or a style, so the
// hashes stay right.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { type AliasOptions, build } from 'vite';
import { entries } from './entries.ts';

const ROOT = path.join(import.meta.dirname, '..');
/** where the command line looks for templates, in a checkout and in the package */
const TEMPLATES = path.join(ROOT, 'dist/cli/report');

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
/** what would end the element early */
const inElement = (text: string): string => text.replace(/<\/(?=script|style)/gi, '<\\/').replaceAll('<!--', '<\\!--');

/** A script without control characters, which minified strings have as they are; in strings and patterns an escape is the same. */
function printableScript(code: string): string {
  if (code.includes('\t')) throw new Error('the script has a tab, which stands in a string or outside of one');
  return code.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const licence = (name: string): string => {
  const text = fs.readFileSync(path.join(ROOT, 'node_modules', name, 'LICENSE'), 'utf8').trim();
  return `${name}\n\n${text}`;
};

export interface OneFile {
  /** holds main.tsx */
  folder: string;
  /** packages whose code is in it */
  inside: readonly string[];
  /** the element that the data stand in, as `__ID__` in capitals until they are filled in */
  data: { type: string; id: string };
  /** beside the script's hash, `'wasm-unsafe-eval'` for one */
  scripts?: string;
  /** more directives of the policy */
  policy?: string;
  /** modules that have another one here */
  instead?: Exclude<AliasOptions, Record<string, string>>;
}

/** The template as text. */
export async function template({ folder, inside, data, scripts = '', policy = '', instead = [] }: OneFile): Promise<string> {
  const built = await build({
    configFile: false,
    root: folder,
    logLevel: 'silent',
    mode: 'production',
    resolve: { alias: [...entries(), ...instead] },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      write: false,
      target: 'es2022',
      cssCodeSplit: false,
      modulePreload: false,
      rolldownOptions: { input: path.join(folder, 'main.tsx'), output: { codeSplitting: false } },
    },
  });
  const { output } = [built].flat()[0] as Extract<typeof built, { output: unknown }>;
  const script = output.flatMap((file) => (file.type === 'chunk' ? [inElement(printableScript(file.code.trim()))] : []));
  const style = output.flatMap((file) => (file.fileName.endsWith('.css') && file.type === 'asset' ? [String(file.source).trim()] : []));
  if (script.length !== 1 || style.length !== 1)
    throw new Error(
      `${folder} has ${script.length} scripts and ${style.length} styles: ${output.map(({ fileName }) => fileName).join(', ')}`,
    );
  const rules = [
    "default-src 'none'",
    `script-src ${hashOf(script[0]!)}${scripts}`,
    `style-src ${hashOf(style[0]!)}`,
    ...(policy ? [policy] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${rules.join('; ')}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<title>__TITLE__</title>
<style>${style[0]}</style></head><body>
<script type="${data.type}" id="${data.id}">__${data.id.toUpperCase()}__</script>
<script type="text/plain" id="licences">${inElement(inside.map(licence).join('\n\n'))}</script>
<script type="module">${script[0]}</script>
</body></html>
`;
}

/** Writes a template, compressed, in one step: somebody may be reading it. */
export function writeTemplate(name: string, text: string): void {
  const bytes = new TextEncoder().encode(text);
  const packed = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_LGWIN]: 22 },
  });
  fs.mkdirSync(TEMPLATES, { recursive: true });
  const file = path.join(TEMPLATES, name);
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, packed);
  fs.renameSync(draft, file);
}
