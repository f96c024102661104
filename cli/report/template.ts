// Pages in one file that `npm run build` makes of the page's views (web/templates.ts), and text that is filled into one. Source: the HTML standard, text and
// raw text. Caveat: what a file says stands in a page as data or as its title, never as markup.
import fs from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { usage } from '../../fri/core/errors.ts';
import { printable } from '../io/printable.ts';

/** beside this file in the package, in the folder of what is built in a checkout */
const FOLDERS = ['.', '../../dist/cli/report'];

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Text that is only text wherever it stands in a page. */
export const escaped = (text: string): string => printable(text).replace(/[&<>"']/g, (c) => ENTITIES[c]!);

/**
 * A template as text.
 * @param option whose page it is
 * @throws ZK0801 in a checkout that was not built
 */
export function templateOf(name: 'page' | 'trace', option: string, folders: readonly string[] = FOLDERS): string {
  const files = folders.map((folder) => path.join(import.meta.dirname, folder, `${name}.html.br`));
  const file = files.find((each) => fs.existsSync(each));
  if (file === undefined)
    throw usage('ZK0801', {
      what: `the template of the page of ${option} is not there`,
      where: files.at(-1)!,
      why: 'building the package makes it',
      fix: `run npm run build, or leave out ${option}`,
    });
  return new TextDecoder().decode(brotliDecompressSync(fs.readFileSync(file)));
}
