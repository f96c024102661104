// Every text of every kind of file is hostile, and every command shows it: nothing acts on a terminal, no line is forged, JSON stays JSON.
// Caveat: what a name looks like is not judged, only that it stays a text inside its own line.
// Slow: every command runs, the prover too.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printable, printableJson } from '../../cli/io/printable.ts';
import { startProgress, terminalOn } from '../../cli/io/terminal.ts';
import { main } from '../../cli/main.ts';
import { decodeReport, encodeReport } from '../../compiler/report/stored.ts';
import { decodeZkb, encodeProgram } from '../../vm/files/zkb.ts';
import { randomNumbers, randomTensor } from '../compiler/check.ts';
import { onnxModel } from '../compiler/onnx-writer.ts';
import { temporaryFolder, zkvm } from './capture.ts';
import { builtTemplates } from './report/template.ts';

const folder = temporaryFolder();
const { at, write } = folder;
afterAll(folder.remove);

/** window title, C1 introducer, screen clearing, line ends, a forged verdict, bidirectional controls, DEL, invisible marks, tag characters */
const ATTACK =
  '\x1b]0;owned\x07\x9b2J\x1b[2J\r\naccepted: model "good" gave these outputs\nerror ZK0000: forged\u2028forged\u2029forged\u0085forged\u202e\u2066\u2069\u200f\u061c\x7f\x00\x08\t\ufeff\u{e0041}';
const FORGED = /^(accepted: model "good|error ZK0000|forged)/m;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not come out
const ACTS = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/u;

const named = (name: string): string => `${name}${ATTACK}`;

function expectHarmless({ out, err, json }: { out: string; err: string; json: unknown }, wantsJson: boolean): void {
  for (const text of [out, err]) {
    expect(JSON.stringify(ACTS.exec(text))).toBe('null');
    expect(text).not.toMatch(FORGED);
  }
  if (wantsJson) expect(json).toBeDefined();
}

const random = randomNumbers(11);
const t = (...shape: number[]) => randomTensor(random, shape);

/** @param outer names of the graph, its input and its output */
const modelOf = ({ graph, x, y }: { graph: string; x: string; y: string }): Uint8Array =>
  onnxModel({
    name: graph,
    nodes: [
      { op: 'Gemm', inputs: [x, named('w')], outputs: [named('a')], name: named('first') },
      { op: 'Relu', inputs: [named('a')], outputs: [named('r')], name: named('second') },
      { op: 'Slice', inputs: [named('r'), 'from', 'to'], outputs: [named('s')], name: named('third') },
      { op: 'Gemm', inputs: [named('s'), named('v')], outputs: [y], name: named('fourth') },
    ],
    inputs: { [x]: [1, 6] },
    outputs: [y],
    initializers: {
      [named('w')]: t(6, 9),
      [named('v')]: t(5, 3),
      from: { shape: [2], data: [0, 1], integer: true },
      to: { shape: [2], data: [1, 6], integer: true },
    },
  });

/** chain id, contract, caller and nonce, as `zkvm calldata` wants them */
const CONTEXT = '01'.padEnd(64, '0').repeat(4);

/** [what it shows, its command line, its exit code] */
type Case = [string, string[], number];
/** path of a file with a hostile name; no file name has a zero byte */
const file = (name: string): string => at(named(name).replace(/\0/g, ''));

beforeAll(async () => {
  builtTemplates();
  const plain = { graph: 'graph', x: 'x', y: 'y' };
  write('m.onnx', modelOf(plain));
  write('graph.onnx', modelOf({ ...plain, graph: named('graph') }));
  write('input.onnx', modelOf({ ...plain, x: named('x') }));
  write('output.onnx', modelOf({ ...plain, y: named('y') }));
  write('plain.json', JSON.stringify({ x: [[1, 0, 0.5, 1, 0, 0.25]] }));
  write('x.json', JSON.stringify({ [named('x')]: [[1, 0, 0.5, 1, 0, 0.25]] }));
  write('y.json', JSON.stringify({ [named('y')]: [[1, 2, 3]] }));
  write('nobody.json', JSON.stringify({ [named('nobody')]: [[1, 0]] }));
  write('list.json', JSON.stringify([{ [named('nobody')]: [[1, 0]] }]));
  write('broken.json', `{"a": ${ATTACK}`);
  write('labels.json', JSON.stringify(['a', 'b', 'c'].map(named)));
  const compiled = await zkvm('compile', at('m.onnx'), '-o', at('m.zkb'), '--labels', at('labels.json'));
  expect(compiled.code, compiled.err).toBe(0);
  // the compiler takes no such name for a model, an input or an output; a file from elsewhere may have it
  const { program: own, report: ownReport } = decodeZkb(new Uint8Array(fs.readFileSync(at('m.zkb'))));
  const renamed = decodeReport(ownReport);
  own.metadata.name = named('graph');
  for (const region of [...own.inputs, ...own.outputs]) region.name = named(region.name);
  for (const output of renamed.report.outputs) output.name = named(output.name);
  write('m.zkb', encodeProgram(own, encodeReport(renamed)));
  const made = [
    await zkvm('run', at('m.zkb'), '-i', at('x.json'), '-o', at('t'), '--context', CONTEXT),
    await zkvm('prove', at('t'), '-o', at('p'), '--profile', 'chain'),
  ];
  for (const { code, err } of made) expect(code, err).toBe(0);
  // names that only a file by hand has: slots, nodes, and what the report says
  const { program, report } = decodeZkb(new Uint8Array(fs.readFileSync(at('m.zkb'))));
  const stored = decodeReport(report);
  for (const entry of program.sourceMap) entry.node = named(entry.node);
  for (const slot of program.slots) slot.name = named(slot.name);
  for (const stage of stored.report.stages) Object.assign(stage, { where: named(stage.where), saturated: 0.5 });
  for (const copy of stored.report.copies) Object.assign(copy, { kind: named('kind'), where: named('where') });
  write('h.zkb', encodeProgram(program, encodeReport(stored)));
  const trace = new Uint8Array(fs.readFileSync(at('t')));
  trace[trace.length - 40]! ^= 1;
  write('bad-t', trace);
  const proof = new Uint8Array(fs.readFileSync(at('p')));
  proof[proof.length / 2]! ^= 1;
  write('bad-p', proof);
  fs.copyFileSync(at('h.zkb'), file('m'));
  fs.copyFileSync(at('t'), file('t'));
  write(
    'unknown.onnx',
    onnxModel({
      nodes: [{ op: named('Op'), inputs: ['x'], outputs: ['y'], name: named('n'), domain: named('d') }],
      inputs: { x: [1, 2] },
      outputs: ['y'],
    }),
  );
  write(
    'lost.onnx',
    onnxModel({
      nodes: [{ op: 'Relu', inputs: [named('q')], outputs: ['y'], name: named('n') }],
      inputs: { x: [1, 2] },
      outputs: ['y'],
    }),
  );
  write('open.onnx', onnxModel({ nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }], inputs: { x: [1, named('N')] }, outputs: ['y'] }));
  write(
    'outside.onnx',
    onnxModel({
      nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
      inputs: { x: [1, 2] },
      outputs: ['y'],
      initializers: { w: { shape: [2], data: [], external: { location: `../${ATTACK}` } } },
    }),
  );
});

const CASES: Case[] = [
  ['compile', ['compile', 'm.onnx', '-o', 'out', '--labels', 'labels.json', '--report', 'page.html'], 0],
  ['compile with samples', ['compile', 'm.onnx', '-o', 'out', '-c', 'plain.json', '--accuracy', '0.05'], 0],
  ['an accuracy that cannot be had', ['compile', 'm.onnx', '-o', 'out', '-c', 'plain.json', '--accuracy', '1e-9'], 5],
  ['compile --name', ['compile', 'm.onnx', '-o', 'out', '--name', ATTACK.replace(/\0/g, '')], 0],
  ['a graph of a hostile name', ['compile', 'graph.onnx', '-o', 'out'], 2],
  ['an input of a hostile name', ['compile', 'input.onnx', '-o', 'out'], 2],
  ['an output of a hostile name', ['compile', 'output.onnx', '-o', 'out'], 2],
  ['inspect a graph of a hostile name', ['inspect', 'graph.onnx'], 2],
  ['samples with other names', ['compile', 'm.onnx', '-o', 'out', '-c', 'list.json'], 2],
  ['an operator that is none', ['compile', 'unknown.onnx', '-o', 'out'], 5],
  ['an input nobody computes', ['compile', 'lost.onnx', '-o', 'out'], 2],
  ['an open axis', ['compile', 'open.onnx', '-o', 'out'], 5],
  ['a data file outside', ['compile', 'outside.onnx', '-o', 'out'], 2],
  ['repeated labels', ['compile', 'm.onnx', '-o', 'out', '--labels', `${ATTACK.replace(/\0/g, '')},${ATTACK.replace(/\0/g, '')}`], 2],
  ['run', ['run', 'h.zkb', '-i', 'x.json', '-o', 'out'], 0],
  ['run with another input', ['run', 'h.zkb', '-i', 'nobody.json'], 2],
  ['run with no JSON', ['run', 'h.zkb', '-i', 'broken.json'], 2],
  ['check', ['check', 't'], 0],
  ['check of a changed trace', ['check', 'bad-t'], 4],
  ['trace', ['trace', 't'], 0],
  ['trace of a step', ['trace', 't', '--step', '1'], 0],
  ['trace, why', ['trace', 't', '--why', named('y')], 0],
  ['trace, why there is none', ['trace', 't', '--why', `${named('y')}[999999]`], 2],
  ['trace, why of nobody', ['trace', 't', '--why', named('q')], 2],
  ['trace of a node', ['trace', 't', '--node', ATTACK], 0],
  ['trace of a changed trace', ['trace', 'bad-t'], 4],
  ['trace as a page', ['trace', 't', '--open', '-o', 'page.html.trace'], 0],
  ['prove', ['prove', 't', '-o', 'out', '--profile', 'test'], 0],
  ['prove of a changed trace', ['prove', 'bad-t', '-o', 'out', '--profile', 'test'], 4],
  ['verify', ['verify', 'p', '--model', 'm.zkb', '-i', 'x.json'], 0],
  ['verify with another output', ['verify', 'p', '--model', 'm.zkb', '-o', 'y.json'], 3],
  ['verify with another name', ['verify', 'p', '--model', 'm.zkb', '-o', 'nobody.json'], 2],
  ['verify a changed proof', ['verify', 'bad-p', '--model', 'm.zkb'], 3],
  ['estimate', ['estimate', 'h.zkb', '--profile', 'chain'], 0],
  ['inspect an ONNX file', ['inspect', 'm.onnx'], 0],
  ['inspect unknown operators', ['inspect', 'unknown.onnx'], 0],
  ['inspect a model', ['inspect', 'h.zkb', '--code', '--cells'], 0],
  ['inspect a trace', ['inspect', 't', '--code'], 0],
  ['inspect a proof', ['inspect', 'p'], 0],
  ['a file that is not there', ['run', `nothing${ATTACK.replace(/\0/g, '')}`, '-i', 'x.json'], 2],
  ['a file of a hostile name', ['run', named('m').replace(/\0/g, ''), '-i', 'x.json'], 0],
  ['a trace of a hostile name', ['inspect', named('t').replace(/\0/g, '')], 0],
  ['an option of a hostile name', ['inspect', 'p', `--${ATTACK}`], 2],
];
/** names in this folder, where they name something */
const placed = (args: string[]): string[] =>
  args.map((text, i) => (i > 0 && (fs.existsSync(at(text.replace(/\0/g, ''))) || /^(out|page.html|nothing)/.test(text)) ? at(text) : text));

describe('no text of a file acts on the terminal', () => {
  test.each(CASES)('%s', async (_what, args, code) => {
    const people = await zkvm(...placed(args));
    expectHarmless(people, false);
    expect(people.code, people.err).toBe(code);
    const programs = await zkvm(...placed(args), '--json');
    expectHarmless(programs, true);
    expect(programs.code).toBe(code);
  });

  test('calldata', async () => {
    const result = await zkvm('calldata', at('p'), '--model', at('m.zkb'));
    expect(result.code, result.err).toBe(0);
    expectHarmless(result, true);
  });

  test.each(['page.html', 'page.html.trace'])('%s', (page) => {
    expect(ACTS.exec(fs.readFileSync(at(page), 'utf8'))).toBeNull();
  });

  test('stack traces', async () => {
    let text = '';
    const write = (chunk: string | Uint8Array): void => {
      text += chunk;
    };
    const streams = { out: write, err: write, interactive: true, debug: true };
    expect(await main(['run', at('h.zkb'), '-i', at('nobody.json')], streams)).toBe(2);
    expect(text).toMatch(/\n {4}at .*tensors\.ts/);
    expectHarmless({ out: text, err: '', json: undefined }, false);
  });

  test('JSON says the names as they are', async () => {
    const { json } = await zkvm('inspect', at('h.zkb'), '--json', '--cells');
    expect([json.inputs[0].name, json.labels[2], json.name]).toEqual([named('x'), named('c'), named('graph')]);
    expect(json.slots[0].name).toContain(ATTACK);
    expect(json.report.report.stages[0].where).toContain(ATTACK);
  });
});

describe('names of an ONNX file', () => {
  test.each([
    ['graph.onnx', 'the graph', 'graph'],
    ['input.onnx', 'input 0', 'x'],
    ['output.onnx', 'output 0', 'y'],
  ])('%s is refused by the name that it has, shown as a text', async (file, place, name) => {
    const { code, err } = await zkvm('compile', at(file), '-o', at('out'));
    expect([code, err]).toEqual([2, expect.stringContaining('ZK0507')]);
    expect(err).toContain(`the name of ${place} has control characters: "${name}\\x1b]0;owned\\x07\\x9b2J`);
    expect(err).toContain('rename it in the model');
  });
  test('words of all languages are names', async () => {
    for (const word of ['naïve ∑ 日本 👩‍🔬', 'نمی‌خواهم', '</script>', 'a b', '']) {
      write('words.onnx', modelOf({ graph: word, x: `x${word}`, y: `y${word}` }));
      expect((await zkvm('compile', at('words.onnx'), '-o', at('out'))).code, word).toBe(0);
    }
  });
  test.each(
    ['\u202e', '\u2066', '\u200f', '\n', '\x7f', '\x85', '\u2028', '\ufeff', '\u{e0041}'].map((c) => [
      `U+${c.codePointAt(0)!.toString(16)}`,
      c,
    ]),
  )('%s is refused', async (_shown, character) => {
    write('words.onnx', modelOf({ graph: `a${character}b`, x: 'x', y: 'y' }));
    expect((await zkvm('compile', at('words.onnx'), '-o', at('out'))).code).toBe(2);
  });
});

describe('the terminal', () => {
  test('every text that acts is escaped, words stay', () => {
    expect(printable('a\x1b[2J\n\x9b\u202e\u{e0041}\ud800z')).toBe('a\\x1b[2J\\n\\x9b\\u202e\\u{0e0041}\\ud800z');
    for (const words of ['naïve ∑ 日本 👩‍🔬', 'نمی‌خواهم', 'back\\slash "quoted"']) expect(printable(words)).toBe(words);
    for (const value of [ATTACK, { [ATTACK]: [ATTACK] }, '\u2028\x9b\u{e0041}']) {
      expect(ACTS.test(printableJson(value))).toBe(false);
      expect(JSON.parse(printableJson(value))).toEqual(value);
    }
  });

  test('progress rewrites its line, and only that acts', () => {
    let text = '';
    const write = (chunk: string): void => {
      text += chunk;
    };
    const streams = { out: () => {}, err: write, interactive: true, debug: false };
    const progress = startProgress(terminalOn(streams), 'prove', 2);
    progress.step(ATTACK, 5);
    progress.end();
    expect(text.split('\r\x1b[K')).toHaveLength(3);
    expect(ACTS.test(text.replaceAll('\r\x1b[K', ''))).toBe(false);
  });

  test('an artifact is not written to a terminal, but to a pipe as it is', async () => {
    const streams = { out: () => {}, err: () => {}, interactive: false, debug: false };
    expect(
      await main(['run', at('m.zkb'), '-i', at('x.json'), '--context', CONTEXT, '-o', '-'], { ...streams, outInteractive: true }),
    ).toBe(2);
    const piped = await zkvm('run', at('m.zkb'), '-i', at('x.json'), '--context', CONTEXT, '-o', '-');
    expect(Buffer.from(piped.bytes).equals(fs.readFileSync(at('t')))).toBe(true);
  });

  test('nothing of the command line writes to the process past it', () => {
    const cli = path.join(import.meta.dirname, '../../cli');
    const own = ['streams.ts', 'gpu-probe.ts']; // the probe talks to its parent, which reads it
    const sources = fs.readdirSync(cli, { recursive: true, encoding: 'utf8' }).filter((each) => each.endsWith('.ts'));
    for (const name of sources.filter((each) => !own.includes(path.basename(each))))
      expect(fs.readFileSync(path.join(cli, name), 'utf8'), name).not.toMatch(/process\.std(out|err)|console\.|writeSync\([12],/);
  });
});
