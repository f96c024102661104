// `npm run web:templates`: the pages in one file that the command line fills in, without the rest of what `npm run build` makes. Source: web/one-file.ts.
// Caveat: they are part of the package, so they are written below dist/.
import fs from 'node:fs';
import { writeTemplate } from './one-file.ts';
import { reportPage } from './report/build.ts';
import { tracePage } from './trace-page/build.ts';

export async function writeTemplates(): Promise<void> {
  writeTemplate('page.html.br', await reportPage());
  writeTemplate('trace.html.br', await tracePage());
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === import.meta.filename) await writeTemplates();
