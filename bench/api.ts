// docs/api: the reference of the public entry points, a page each, from their types and comments. `npm run docs:api` writes it, test/api.test.ts
// holds it against the sources. Source: typedoc, package.json. Caveat: what an entry exports again from another one is a link to that page.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Application, Comment, type DeclarationReflection, type ProjectReflection, ReflectionKind } from 'typedoc';
import { manifest } from './dist.ts';

const ROOT = path.join(import.meta.dirname, '..');
const API_FOLDER = path.join(ROOT, 'docs/api');

/** source of each public entry without its extension, as typedoc calls it → the name that programs import */
const ENTRIES = new Map(
  Object.entries(manifest().exports).map(([subpath, { types }]) => [
    types.replace('./dist/', '').replace(/\.d\.ts$/, ''),
    path.posix.join('zkvm', subpath),
  ]),
);

/** what the header of a source file says of it */
const headerOf = (file: string): string => {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  return lines
    .slice(
      0,
      lines.findIndex((line) => !line.startsWith('//')),
    )
    .map((line) => line.slice(3))
    .join('\n');
};

/** The public entries as typedoc reads them. @throws if it cannot */
export async function readApi(): Promise<{ app: Application; project: ProjectReflection }> {
  const app = await Application.bootstrapWithPlugins({
    tsconfig: path.join(ROOT, 'tsconfig.json'),
    entryPoints: [...ENTRIES.keys()].map((source) => path.join(ROOT, `${source}.ts`)),
    basePath: ROOT,
    plugin: ['typedoc-plugin-markdown'],
    router: 'module',
    name: 'zkvm',
    readme: 'none',
    hideGenerator: true,
    disableSources: true, // line numbers would change with every other commit
    excludeInternal: true,
    excludePrivate: true,
    skipErrorChecking: true, // `npm run check:types` does it
    logLevel: 'Error',
  });
  const project = await app.convert();
  if (!project || app.logger.hasErrors()) throw new Error('typedoc cannot read the entries');
  for (const entry of project.children ?? []) {
    entry.comment = new Comment([{ kind: 'text', text: headerOf(path.join(ROOT, `${entry.name}.ts`)) }]);
    entry.name = ENTRIES.get(entry.name) ?? entry.name;
  }
  project.children?.reverse(); // or `zkvm/prover` would be written as prover-1, after the interface `Prover` of `zkvm`
  return { app, project };
}

/** An export with its comments: its own, and for a function those of its signatures. */
export interface Export {
  name: string;
  comments: readonly Comment[];
}

const commentsOf = (its: DeclarationReflection): Comment[] =>
  [its, ...(its.signatures ?? [])].flatMap(({ comment }) => (comment ? [comment] : []));

/** Every export where it is defined, and the methods of exported classes. */
export const exportsOf = (project: ProjectReflection): Export[] =>
  (project.children ?? []).flatMap((entry) =>
    (entry.children ?? []).flatMap((its): Export[] =>
      its.kind === ReflectionKind.Reference
        ? []
        : [
            { name: its.name, comments: commentsOf(its) },
            ...(its.kind === ReflectionKind.Class ? (its.children ?? []) : [])
              .filter(({ kind, inheritedFrom }) => kind === ReflectionKind.Method && !inheritedFrom)
              .map((method) => ({ name: `${its.name}.${method.name}`, comments: commentsOf(method) })),
          ],
    ),
  );

/** Names of exports without a summary or without an example. */
export const undocumented = (list: readonly Export[]): string[] =>
  list
    .filter(
      ({ comments }) =>
        !comments.some(({ summary }) => summary.length > 0) ||
        !comments.some(({ blockTags }) => blockTags.some(({ tag }) => tag === '@example')),
    )
    .map(({ name }) => name);

/** All files of a folder, by their paths in it. */
export const pagesIn = (folder: string): Map<string, string> =>
  new Map(
    (fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [])
      .filter((name) => fs.statSync(path.join(folder, name)).isFile())
      .sort()
      .map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]),
  );

/** The pages that stand in docs/api. */
export const writtenPages = (): Map<string, string> => pagesIn(API_FOLDER);

/** The pages that should. */
export async function apiPages({ app, project }: Awaited<ReturnType<typeof readApi>>): Promise<Map<string, string>> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-api-'));
  try {
    app.options.setValue('outputs', [{ name: 'markdown', path: folder }]);
    await app.generateOutputs(project);
    return pagesIn(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

async function write(): Promise<number> {
  const api = await readApi();
  const missing = undocumented(exportsOf(api.project));
  if (missing.length) {
    console.error(`without a summary or an example: ${missing.join(', ')}`);
    return 1;
  }
  const pages = await apiPages(api);
  fs.rmSync(API_FOLDER, { recursive: true, force: true });
  for (const [name, text] of pages) {
    fs.mkdirSync(path.dirname(path.join(API_FOLDER, name)), { recursive: true });
    fs.writeFileSync(path.join(API_FOLDER, name), text);
  }
  console.log(`docs/api: ${pages.size} pages`);
  return 0;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === import.meta.filename) process.exitCode = await write();
