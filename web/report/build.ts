// The template of the report: a page in one file, into which `zkvm compile --report` puts a picture of a model (cli/report/page.ts). Source: web/one-file.ts.
// Caveat: it shows nothing by itself.
import { template } from '../one-file.ts';

export const reportPage = (): Promise<string> =>
  template({
    folder: import.meta.dirname,
    inside: ['preact', '@dagrejs/dagre', '@dagrejs/graphlib', 'd3-hierarchy'],
    data: { type: 'application/json', id: 'picture' },
  });
