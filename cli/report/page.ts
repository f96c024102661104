// The compile report as one page for a browser: the view "Model" of web/, with one model's picture in it. Source: the template that `npm run build` makes
// (web/report/build.ts). Caveat: what the model says stands in the page as data and as its title, never as markup.
import fs from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import type { ModelPicture } from '../../compiler/report/picture.ts';
import { usage } from '../../fri/core/errors.ts';
import { printable, printableJson } from '../io/printable.ts';

const NAME = 'page.html.br';
/** beside this file in the package, in the folder of what is built in a checkout */
const FOLDERS = ['.', '../../dist/cli/report'];

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Text that is only text wherever it stands in a page. */
const escaped = (text: string): string => printable(text).replace(/[&<>"']/g, (c) => ENTITIES[c]!);

/** JSON in which no tag can begin or end. */
const json = (value: unknown): string => printableJson(value).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);

/** @throws ZK0801 in a checkout that was not built */
export function reportTemplate(folders: readonly string[] = FOLDERS): string {
  const files = folders.map((folder) => path.join(import.meta.dirname, folder, NAME));
  const file = files.find((each) => fs.existsSync(each));
  if (file === undefined)
    throw usage('ZK0801', {
      what: 'the template of the report page is not there',
      where: files.at(-1)!,
      why: 'building the package makes it',
      fix: 'run npm run build, or leave out --report',
    });
  return new TextDecoder().decode(brotliDecompressSync(fs.readFileSync(file)));
}

/** The whole page. */
export const reportPage = (template: string, picture: ModelPicture): string =>
  template.replace('__TITLE__', () => `${escaped(picture.name)}: compile report`).replace('__PICTURE__', () => json(picture));
