// Builds the template of the report: one HTML text with style and script inside, and a policy that allows these two by their hashes and nothing else. Source:
// CSP level 3; Vite. Caveat: `zkvm compile --report` fills in title and data (cli/report/page.ts); neither is a script or a style, so the hashes stay right.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'vite';
import { entries } from '../entries.ts';

const ROOT = path.join(import.meta.dirname, '../..');
/** where the command line looks for it, in a checkout and in the package */
export const TEMPLATE = path.join(ROOT, 'dist/cli/report/page.html.br');
/** packages whose code is in it */
const INSIDE = ['preact', '@dagrejs/dagre', '@dagrejs/graphlib', 'd3-hierarchy'];

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
/** what would end the element early */
const inElement = (text: string): string => text.replace(/<\/(?=script|style)/gi, '<\\/').replaceAll('<!--', '<\\!--');

/** A script without control characters, which minified strings have as they are; in strings and patterns an escape is the same. */
function printableScript(code: string): string {
  if (code.includes('\t')) throw new Error('the script of the report has a tab, which stands in a string or outside of one');
  return code.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const licence = (name: string): string => {
  const text = fs.readFileSync(path.join(ROOT, 'node_modules', name, 'LICENSE'), 'utf8').trim();
  return `${name}\n\n${text}`;
};

/** The template as text. */
export async function template(): Promise<string> {
  const built = await build({
    configFile: false,
    root: path.join(import.meta.dirname),
    logLevel: 'silent',
    mode: 'production',
    resolve: { alias: entries() },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      write: false,
      target: 'es2022',
      cssCodeSplit: false,
      modulePreload: false,
      rolldownOptions: { input: path.join(import.meta.dirname, 'main.tsx'), output: { codeSplitting: false } },
    },
  });
  const { output } = [built].flat()[0] as Extract<typeof built, { output: unknown }>;
  const script = output.flatMap((file) => (file.type === 'chunk' ? [inElement(printableScript(file.code.trim()))] : []));
  const style = output.flatMap((file) => (file.fileName.endsWith('.css') && file.type === 'asset' ? [String(file.source).trim()] : []));
  if (script.length !== 1 || style.length !== 1) throw new Error(`the report has ${script.length} scripts and ${style.length} styles`);
  const policy = `default-src 'none'; script-src ${hashOf(script[0]!)}; style-src ${hashOf(style[0]!)}; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<title>__TITLE__</title>
<style>${style[0]}</style></head><body>
<script type="application/json" id="picture">__PICTURE__</script>
<script type="text/plain" id="licences">${inElement(INSIDE.map(licence).join('\n\n'))}</script>
<script type="module">${script[0]}</script>
</body></html>
`;
}

/** Writes the template, compressed, in one step: somebody may be reading it. */
export async function writeTemplate(): Promise<void> {
  const text = new TextEncoder().encode(await template());
  const packed = brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length, [constants.BROTLI_PARAM_LGWIN]: 22 },
  });
  fs.mkdirSync(path.dirname(TEMPLATE), { recursive: true });
  const draft = `${TEMPLATE}.${process.pid}`;
  fs.writeFileSync(draft, packed);
  fs.renameSync(draft, TEMPLATE);
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === import.meta.filename) await writeTemplate();
