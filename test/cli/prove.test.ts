// `zkvm prove` of a model on inputs: one, several, a folder; what does not go together is refused; and the picture of the time, read as a viewer does.
// Slow: proofs.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { smallModel, temporaryFolder, zkvm } from './capture.ts';

const folder = temporaryFolder();
const { at, write } = folder;
const { zkb, input, program } = smallModel();
const other = JSON.stringify(
  Object.fromEntries(
    Object.entries(JSON.parse(input) as Record<string, { shape: number[]; data: number[] }>).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map(() => 0.5) },
    ]),
  ),
);
const prove = (...args: string[]) => zkvm('prove', ...args, '--profile', 'test', '--json');
const verified = async (proof: string, inputFile: string): Promise<number> =>
  (await zkvm('verify', proof, '--model', at('m.zkb'), '--input', inputFile, '--profile', 'test')).code;

beforeAll(() => {
  write('m.zkb', zkb);
  write('a.json', input);
  write('b.json', other);
});
afterAll(folder.remove);

describe('a model', () => {
  test('is proved on an input in one step, in the context that is asked for: the proof of its trace', async () => {
    const { code, json } = await prove(at('m.zkb'), '--input', at('a.json'), '-o', at('p'), '--context', 'c0ffee');
    expect({ code, cells: json.cells }).toEqual({ code: 0, cells: expect.any(Number) });
    expect(await verified(at('p'), at('a.json'))).toBe(0);
    expect(await verified(at('p'), at('b.json'))).toBe(3);
    expect((await zkvm('inspect', at('p'), '--json')).json.context).toBe('c0ffee');
    await zkvm('run', at('m.zkb'), '--input', at('a.json'), '-o', at('t'), '--context', 'c0ffee');
    await prove(at('t'), '-o', at('p-trace'));
    expect(Buffer.compare(fs.readFileSync(at('p')), fs.readFileSync(at('p-trace')))).toBe(0);
  });

  test('on several inputs makes a proof each, and commits the model once', async () => {
    const { code, json, err } = await prove(at('m.zkb'), '--input', at('a.json'), '--input', at('b.json'), '-o', `${at('out')}/`);
    expect(code).toBe(0);
    expect(json.proofs.map(({ input: from, proof }: { input: string; proof: string }) => [from, proof])).toEqual([
      [at('a.json'), path.join(at('out'), 'a.proof')],
      [at('b.json'), path.join(at('out'), 'b.proof')],
    ]);
    expect(json.proofs[0].outputs[program.outputs[0]!.name].data[0]).toBe(34);
    expect(err.match(/: model /g)).toHaveLength(1);
    for (const [proof, from, expected] of [
      ['a', 'a', 0],
      ['b', 'b', 0],
      ['a', 'b', 3],
    ] as const)
      expect(await verified(path.join(at('out'), `${proof}.proof`), at(`${from}.json`))).toBe(expected);
  });

  test('on a folder of inputs, for people', async () => {
    fs.mkdirSync(at('in'));
    fs.writeFileSync(at('in/one.json'), input);
    fs.writeFileSync(at('in/two.json'), other);
    fs.writeFileSync(at('in/notes.txt'), 'no tensor');
    const { code, out } = await zkvm('prove', at('m.zkb'), '--inputs', at('in'), '-o', at('out'), '--profile', 'test');
    expect(code).toBe(0);
    expect(out.match(/\.proof: proved /g)).toHaveLength(2);
    expect(fs.readdirSync(at('out')).sort()).toEqual(['a.proof', 'b.proof', 'one.proof', 'two.proof']);
  });

  test('on a folder with CSV, which goes on with a verification that accepts', async () => {
    fs.mkdirSync(at('csv'));
    const [{ data }] = Object.values(JSON.parse(input)) as [{ data: number[] }];
    fs.writeFileSync(at('csv/line.csv'), `${data.join(',')}\n`);
    const { code, err } = await zkvm('prove', at('m.zkb'), '--inputs', at('csv'), '-o', `${at('of-csv')}/`, '--profile', 'test');
    expect(code).toBe(0);
    expect(fs.readdirSync(at('of-csv'))).toEqual(['line.proof']);
    expect(err).toMatch(/next: zkvm verify .*line\.proof --model .* --profile test\n/);
    expect((await zkvm('verify', at('of-csv/line.proof'), '--model', at('m.zkb'))).code).toBe(3);
    expect((await zkvm('verify', at('of-csv/line.proof'), '--model', at('m.zkb'), '--profile', 'test')).code).toBe(0);
  });

  test.each<[string, () => string[], RegExp]>([
    ['no input', () => [at('m.zkb'), '-o', at('q')], /give --input x\.json/],
    [
      'several into one file',
      () => [at('m.zkb'), '--input', at('a.json'), '--input', at('b.json'), '-o', at('q')],
      /end the name of the output with \//,
    ],
    [
      'one name twice',
      () => [at('m.zkb'), '--input', at('a.json'), '--input', at('in/../a.json'), '-o', `${at('out')}/`],
      /two proofs would go into one file/,
    ],
    ['a file and a folder', () => [at('m.zkb'), '--input', at('a.json'), '--inputs', at('in'), '-o', `${at('out')}/`], /together/],
    ['a folder without inputs', () => [at('m.zkb'), '--inputs', at('out'), '-o', `${at('out')}/`], /has no \.json/],
    [
      'a folder that there is not',
      () => [at('m.zkb'), '--inputs', at('no'), '-o', `${at('out')}/`],
      /cannot be read[\s\S]*there is no such file or folder/,
    ],
    ['a file as the folder', () => [at('m.zkb'), '--inputs', at('a.json'), '-o', `${at('out')}/`], /cannot be read[\s\S]*is no folder/],
    ['an input with a trace', () => [at('t'), '--input', at('a.json'), '-o', at('q')], /does not go with a trace/],
    ['a context with a trace', () => [at('t'), '--context', 'aa', '-o', at('q')], /does not go with a trace/],
  ])('%s is refused', async (_what, args, why) => {
    const { code, err } = await prove(...args());
    expect(err).toMatch(why);
    expect(code).toBe(2);
    expect(fs.existsSync(at('q'))).toBe(false);
  });

  test('a bad input among several is found before the first proof, and leaves no folder behind', async () => {
    write('bad.json', '{"x": 1}');
    expect((await prove(at('m.zkb'), '--input', at('a.json'), '--input', at('bad.json'), '-o', `${at('none')}/`)).code).toBe(2);
    expect(fs.existsSync(at('none'))).toBe(false);
  });
});

interface Event {
  name: string;
  ph: string;
  ts: number;
  dur: number;
  tid: number;
  args: { bytes: number; name: string };
}

const eventsIn = (name: string): Event[] => JSON.parse(fs.readFileSync(at(name), 'utf8')).traceEvents;

/** What a viewer does: spans of a track stack by time, so one that begins inside another must end inside it. @returns the depth of each */
function stacked(spans: readonly Event[]): { name: string; depth: number; dur: number }[] {
  const open: Event[] = [];
  return [...spans]
    .sort((a, b) => a.ts - b.ts || b.dur - a.dur)
    .map((span) => {
      while (open.length && open.at(-1)!.ts + open.at(-1)!.dur <= span.ts) open.pop();
      const around = open.at(-1);
      if (around && span.ts + span.dur > around.ts + around.dur) throw new Error(`${span.name} leaves ${around.name}`);
      open.push(span);
      return { name: span.name, depth: open.length - 1, dur: span.dur };
    });
}

describe('--profile-out', () => {
  test('spans nest, name every millisecond, and memory is counted', async () => {
    const { code } = await prove(at('m.zkb'), '--inputs', at('in'), '-o', at('out'), '--threads', '1', '--profile-out', at('time.json'));
    expect(code).toBe(0);
    const events = eventsIn('time.json');
    const tracks = new Set(events.filter(({ ph }) => ph === 'X').map(({ tid }) => tid));
    expect(tracks.size).toBe(1);
    for (const tid of tracks) {
      const spans = stacked(events.filter((event) => event.ph === 'X' && event.tid === tid));
      expect(spans[0]).toMatchObject({ name: 'zkvm prove', depth: 0 });
      // the steps are the leaves, none lies in another
      expect(spans.filter(({ depth }) => depth === 1).map(({ name }) => name)).toEqual([at('in/one.json'), at('in/two.json')]);
      const leaves = spans.filter(({ depth }) => depth === 2);
      expect(new Set(leaves.map(({ name }) => name))).toEqual(
        new Set([
          'read',
          'run',
          'backend',
          'model',
          'trace',
          'base',
          'interaction work',
          'interaction',
          'composition',
          'samples',
          'deep',
          'fri',
          'query work',
          'openings',
          'proof file',
          'write',
        ]),
      );
      expect(leaves.reduce((sum, { dur }) => sum + dur, 0)).toBeGreaterThan(0.95 * spans[0]!.dur);
    }
    const memory = events.filter(({ ph }) => ph === 'C');
    expect(memory.length).toBeGreaterThan(10);
    for (const { args } of memory) expect(args.bytes).toBeGreaterThan(1e6);
  });

  test('a worker thread has a track, whose work lies in the steps that give it some', async () => {
    const more = ['--backend', 'wasm', '--threads', '2', '--profile-out', at('threads.json')];
    expect((await prove(at('m.zkb'), '--input', at('a.json'), '-o', at('p'), ...more)).code).toBe(0);
    const events = eventsIn('threads.json');
    const names = new Map(events.filter(({ name }) => name === 'thread_name').map(({ tid, args }) => [args.name, tid]));
    expect([...names.keys()]).toEqual(['protocol', 'thread 2']);
    const spansOf = (track: string): Event[] => events.filter(({ ph, tid }) => ph === 'X' && tid === names.get(track));
    const work = spansOf('thread 2');
    expect(stacked(work).every(({ depth }) => depth === 0)).toBe(true);
    expect(work.length).toBeGreaterThan(10);
    expect(work.every(({ name, dur }) => name.length > 2 && dur >= 0)).toBe(true);
    // the clocks of the threads are laid over each other to a tenth of a millisecond
    const idle = spansOf('protocol').filter(({ name }) => ['read', 'run', 'backend', 'proof file', 'write'].includes(name));
    expect(idle).toHaveLength(5);
    const within = (span: Event, { ts, dur }: Event): boolean => span.ts > ts + 100 && span.ts + span.dur < ts + dur - 100;
    for (const span of work) expect(idle.filter((step) => within(span, step)).map(({ name }) => name)).toEqual([]);
    const [whole] = spansOf('protocol');
    for (const { ts, dur } of work) expect(ts >= 0 && ts + dur <= whole!.dur).toBe(true);
  });

  test('spans that overlap in part are noticed', () => {
    const span = (name: string, ts: number, dur: number): Event => ({ name, ph: 'X', ts, dur, tid: 1, args: { bytes: 0, name: '' } });
    expect(() => stacked([span('a', 0, 10), span('b', 5, 6)])).toThrow('b leaves a');
    expect(stacked([span('a', 0, 10), span('b', 5, 5), span('c', 10, 1)]).map(({ depth }) => depth)).toEqual([0, 1, 0]);
  });
});
