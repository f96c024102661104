// docs/ERRORS.md as text, from the registry of codes. Written by `npm run gen`; a test holds the page against it.
// Caveat: the page explains codes; what exactly went wrong, and where, stands in the error itself.
import type { CodeEntry, CodeTable } from '../fri/core/codes/entry.ts';
import { ERRORS, GROUPS } from '../fri/core/codes/registry.ts';
import { EXIT_CODES } from '../fri/core/errors.ts';

export const ERRORS_PAGE = 'docs/ERRORS.md';

const section = ([code, { kinds, title, help }]: [string, CodeEntry]): string =>
  `### ${code}\n**${title}.** (${kinds.map((kind) => `${kind}, exit ${EXIT_CODES[kind]}`).join('; ')})\n\n${help}\n`;

const chapter = ([name, codes]: readonly [string, CodeTable]): string => `## ${name}\n${Object.entries(codes).map(section).join('\n')}`;

export const errorsPage = (): string => `# Errors
Every error has a code, a kind, what is wrong, and, where they are known, the place, the reason and a fix. This page says what each of the
${Object.keys(ERRORS).length} codes means. It is written by \`npm run gen\` from the registry in \`fri/core/codes/\`. Codes are stable; texts are not. The kind decides
the exit code of the command line ([README](../README.md#command-line)). An error that a contract reports has the code of what the contract
found, kind *chain* and exit ${EXIT_CODES.chain}.

${GROUPS.map(chapter).join('\n')}`;
