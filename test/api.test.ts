// The reference of the library is up to date, every export has a summary and an example, and the examples compile against the types that they are
// about. Source: bench/api.ts.
// Slow: typedoc and the compiler read the whole library.
import path from 'node:path';
import { Comment, type CommentDisplayPart } from 'typedoc';
import ts from 'typescript';
import { beforeAll, expect, test } from 'vitest';
import { apiPages, type Export, exportsOf, readApi, undocumented, writtenPages } from '../bench/api.ts';

const ROOT = path.join(import.meta.dirname, '..');
const MINUTE = 60_000;

/** what the examples take from the package, and what a program has around them */
const preamble = (names: readonly string[]): string => `
import { readFile, writeFile } from 'node:fs/promises';
import worker_threads from 'node:worker_threads';
import { ${names.filter((name) => !OF_STARKNET.has(name)).join(', ')} } from './index.ts';
import { ${[...OF_STARKNET].join(', ')} } from './contracts/client/starknet.ts';
declare const model: Model, record: ModelRecord, prover: Prover, chain: Chain, proof: Uint8Array, onnx: Uint8Array, bytes: Uint8Array;
declare const nonce: Uint8Array, image: Float32Array, images: Float32Array[], calibration: ModelTensors[], signal: AbortSignal, error: unknown;
declare const contract: bigint, caller: bigint, account: bigint, chainId: bigint, modelId: bigint, calldata: bigint[], calls: SessionCalls;
declare const node: Node, statement: bigint, proven: Verification;
declare const address: string, key: string, url: string, EXPECTED: string, worker: WorkerLike, draw: (fraction: number) => void;
`;
const OF_STARKNET = new Set(
  'AccountWallet ArgumentsOf CalldataPart CalldataPartName Chain ChainContext Credentials EntryPoint FactEvent FactFilter Invocation Node NodeOptions Quote REGISTRY_ABI Receipt SendOptions SessionCalls SessionStep StandardWallet TypedAbi Verification Wallet WalletApi WalletQuestion chainName connect contextBytes contractCall factEvents firstRegistry inputFelts invoke isFact openNode originOf quote register registrationCalldata requireRegistry sessionCalls verification verifyAndClaim verifyCalldata verifyCall verifySession view walletAddress'.split(
    ' ',
  ),
);

const examplesOf = ({ name, comments }: Export): { name: string; code: string }[] =>
  comments
    .flatMap(({ blockTags }) => blockTags.filter(({ tag }) => tag === '@example'))
    .map(({ content }) => ({
      name,
      code: content
        .map(({ text }) => text)
        .join('')
        .replace(/^```ts\n|\n```$/g, ''),
    }));

/** what the compiler says of examples, each in a function of its own */
function complaints(list: readonly Export[]): string[] {
  const examples = list.flatMap(examplesOf);
  const names = list.map(({ name }) => name).filter((name) => !name.includes('.'));
  const file = path.join(ROOT, 'examples-of-comments.ts');
  const text = preamble(names) + examples.map(({ name, code }, i) => `/* ${name} */ async function example${i}() {\n${code}\n}\n`).join('');
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['index.ts'] }, ts.sys, ROOT);
  const relaxed = { ...options, noUnusedLocals: false, noUnusedParameters: false, verbatimModuleSyntax: false };
  const host = ts.createCompilerHost(relaxed);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists.call(host, name);
  host.getSourceFile = (name, version, ...rest) =>
    name === file ? ts.createSourceFile(name, text, version) : getSourceFile.call(host, name, version, ...rest);
  const program = ts.createProgram([file], relaxed, host);
  const found = [
    ...program.getSyntacticDiagnostics(program.getSourceFile(file)),
    ...program.getSemanticDiagnostics(program.getSourceFile(file)),
  ];
  return found.map(({ messageText, start }) => {
    const before = text.slice(0, start).lastIndexOf('/* ');
    return `${text.slice(before, start).split('\n')[0]}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

let api: Awaited<ReturnType<typeof readApi>>;
beforeAll(async () => {
  api = await readApi();
}, 2 * MINUTE);

test(
  'docs/api holds the pages that the sources give; if not: npm run docs:api',
  async () => {
    const pages = await apiPages(api);
    const written = writtenPages();
    expect([...written.keys()]).toEqual([...pages.keys()]);
    for (const [name, text] of pages) expect(written.get(name), name).toBe(text);
    expect(written.get('zkvm/verifier.md')).toContain('ModelRecord');
  },
  MINUTE,
);

test('every export has a summary and an example', () => {
  expect(undocumented(exportsOf(api.project))).toEqual([]);
  expect(exportsOf(api.project).map(({ name }) => name)).toEqual(expect.arrayContaining(['verify', 'Model.load', 'Prover', 'invoke']));
});

test('an export without one of them is noticed', () => {
  const text: CommentDisplayPart[] = [{ kind: 'text', text: 'What it is.' }];
  expect(
    undocumented([
      { name: 'bare', comments: [] },
      { name: 'described', comments: [new Comment(text)] },
    ]),
  ).toEqual(['bare', 'described']);
});

test(
  'every example compiles',
  () => {
    expect(complaints(exportsOf(api.project))).toEqual([]);
  },
  MINUTE,
);

test(
  'an example of a field that there is not does not compile',
  () => {
    const verify = exportsOf(api.project).filter(({ name }) => name === 'Verdict');
    const wrong = verify.map(({ name, comments }) => {
      const [tag] = comments[0]!.blockTags;
      const content = tag!.content.map((part) => ({ ...part, text: part.text.replace('determined', 'approved') }));
      return { name, comments: [Object.assign(new Comment(), { blockTags: [Object.assign(Object.create(tag!), { content })] })] };
    });
    expect(complaints([...exportsOf(api.project).map(({ name }) => ({ name, comments: [] })), ...wrong]).join()).toMatch(
      /Verdict.*approved/,
    );
  },
  MINUTE,
);
