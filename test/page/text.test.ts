// Every word that the page shows stands in web/text.ts or text-chain.ts; and what the page says of the library (phases, profiles, devices, kinds of files, commands) is
// what the library has. Caveat: it reads the views as syntax; a word that is put together from letters would escape it.
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { isCodeOf } from '../../fri/core/codes/registry.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { BACKEND_NAMES } from '../../gpu/backends.ts';
import { fileKindOf } from '../../vm/files/magic.ts';
import { progressTo } from '../../vm/library/progress.ts';
import { commandLines, quoted } from '../../web/files/command-line.ts';
import { kindOf } from '../../web/files/kind.ts';
import { SHIPPED } from '../../web/shipped.ts';
import { TEXT } from '../../web/text.ts';
import { CHAIN_TEXT } from '../../web/text-chain.ts';
import { optionsOf } from './commands.ts';

const WEB = path.join(import.meta.dirname, '../../web');
const views = fs
  .readdirSync(WEB, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.tsx') && !file.startsWith('dist'))
  .map((file) => path.join(WEB, file));

/** attributes that are read out or shown */
const SPOKEN = new Set(['aria-label', 'title', 'alt', 'placeholder', 'label', 'hint', 'heading', 'fix']);
const WORD = /\p{L}/u;

/** words of a view that are not of text.ts */
function words(text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node) && WORD.test(node.text)) found.push(node.text.trim());
    if (ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText()) && node.initializer && ts.isStringLiteral(node.initializer))
      found.push(node.initializer.text);
    if (
      ts.isJsxExpression(node) &&
      node.expression &&
      ts.isStringLiteral(node.expression) &&
      !ts.isJsxAttribute(node.parent) &&
      WORD.test(node.expression.text)
    )
      found.push(node.expression.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('view.tsx', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX));
  return [...new Set(found)];
}

/** all texts, functions called with numbers or words that fit */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(texts);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

describe('words', () => {
  test('no view has any of its own', () => {
    expect(views.length).toBeGreaterThan(10);
    expect(views.flatMap((file) => words(fs.readFileSync(file, 'utf8')).map((word) => `${path.basename(file)}: ${word}`))).toEqual([]);
  });

  test('one that has is found', () => {
    expect(words('const a = <p title="Press it">Hello {"there"} <b class="x">{TEXT.a}</b></p>;').sort()).toEqual([
      'Hello',
      'Press it',
      'there',
    ]);
  });

  test('none boasts, and none is left empty', () => {
    const all = [...texts(TEXT), ...texts(CHAIN_TEXT)];
    expect(all.length).toBeGreaterThan(150);
    for (const text of all) expect(text).not.toMatch(/blazing|seamless|powerful|magic|simply|effortless|!/i);
    expect(all.filter((text) => text.trim() === '')).toEqual([]);
  });
});

describe('what is said of the library', () => {
  test('every phase of a proof has its words', () => {
    const known = Object.keys(TEXT.prove.phases).filter((phase) => phase !== '' && phase !== 'done');
    // each adds to the fraction, in this order, and together they are the whole
    let before = 0;
    const tell = progressTo(({ fraction }) => {
      expect(fraction).toBeGreaterThan(before);
      before = fraction;
    });
    for (const phase of known) tell(phase, 1);
    expect(before).toBe(1);
  });

  test('profiles, devices, and kinds of files are those that there are', () => {
    expect(Object.keys(TEXT.prove.profile.names).sort()).toEqual(Object.keys(PROFILES).sort());
    expect(Object.keys(TEXT.prove.device.names).sort()).toEqual(BACKEND_NAMES.filter((name) => name !== 'auto').sort());
    for (const letters of ['ZKVB', 'ZKVT', 'ZKPF', 'ZKRC', 'ZKPG', '']) {
      const bytes = new TextEncoder().encode(letters);
      expect(kindOf(bytes)).toBe(fileKindOf(bytes));
    }
    for (const name of Object.keys(SHIPPED)) expect(Object.keys(TEXT.prove.models)).toContain(name);
  });

  test('errors that the page has words for are those of the chain, and what helps here is no command for a node', () => {
    for (const [code, fix] of Object.entries(CHAIN_TEXT.fixes)) {
      expect(
        ['chain', 'usage', 'rejected'].some((kind) => isCodeOf(kind as 'chain', code)),
        code,
      ).toBe(true);
      expect(fix, code).not.toMatch(/--(rpc|contract|class)/);
    }
    // what the library itself advises to who types commands
    for (const code of ['ZK0701', 'ZK0703', 'ZK0710', 'ZK0735', 'ZK0738']) expect(Object.keys(CHAIN_TEXT.fixes)).toContain(code);
  });

  test('the floors that are said are those of the profiles', () => {
    for (const name of ['proven', 'fast', 'chain'] as const) {
      const { kind, bits } = PROFILES[name].floor;
      expect(TEXT.prove.profile.about[name]).toMatch(new RegExp(`^${bits} bits ${kind === 'proven' ? 'by proof' : 'under a conjecture'}`));
    }
  });
});

describe('commands', () => {
  const commanded = {
    onnx: 'my model.onnx',
    samples: 's.json',
    zkb: 'm.zkb',
    input: 'i.json',
    proof: 'm.proof',
    record: 'm.record',
    name: "it's",
    labels: ['a', 'b c'],
    acceptError: 0.02,
    profile: 'fast',
  } as const;

  test('are what the command line takes', () => {
    const lines = commandLines(commanded);
    expect(lines).toEqual([
      "npx zkvm compile 'my model.onnx' -o m.zkb --calibrate s.json --name 'it'\\''s' --labels 'a,b c' --accept-error 0.02",
      'npx zkvm prove m.zkb --input i.json --profile fast -o m.proof',
      'npx zkvm verify m.proof --record m.record',
    ]);
    for (const line of lines) {
      const [, , command, ...rest] = line.split(' ');
      const options = optionsOf(command!);
      for (const word of rest.filter((each) => /^--?[a-z]/.test(each))) expect(options, `${command} ${word}`).toContain(word);
    }
  });

  test('of a model that was compiled elsewhere begin with the proof', () => {
    expect(commandLines({ ...commanded, onnx: undefined })).toHaveLength(2);
  });

  test('no file name breaks out of them', () => {
    expect(quoted('$(rm -rf ~)')).toBe("'$(rm -rf ~)'");
    expect(quoted("'; rm x; '")).toBe("''\\''; rm x; '\\'''");
    expect(quoted('')).toBe("''");
  });
});
