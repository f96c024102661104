// `zkvm record` and `verify --record`: the same verdict without weights, and what a record is refused for. Caveat: proofs of profile `test` mostly.
import fs from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { smallModel, temporaryFolder, zkvm } from './capture.ts';

const folder = temporaryFolder();
const { at, write } = folder;
const { zkb, input } = smallModel(['a', 'b']);
const verify = (...args: string[]) => zkvm('verify', at('p'), '--profile', 'test', '--json', ...args);

beforeAll(async () => {
  write('m.zkb', zkb);
  write('x.json', input);
  for (const command of [
    ['run', at('m.zkb'), '--input', at('x.json'), '-o', at('t')],
    ['prove', at('t'), '-o', at('p'), '--profile', 'test'],
    ['record', at('m.zkb'), '-o', at('m.record')],
  ])
    expect(await zkvm(...command)).toMatchObject({ code: 0 });
});
afterAll(folder.remove);

test('a record is kilobytes, names the ids that audit names, and inspect shows them', async () => {
  const { json } = await zkvm('record', at('m.zkb'), '-o', at('again'), '--json');
  expect(json.recordBytes).toBe(fs.statSync(at('m.record')).size);
  expect(json.recordBytes).toBeLessThan(10_000);
  expect(fs.readFileSync(at('again'))).toEqual(fs.readFileSync(at('m.record')));
  const ids = Object.fromEntries(json.ids.map(({ profile, modelId }: { profile: string; modelId: string }) => [profile, modelId]));
  expect((await zkvm('audit', at('m.zkb'), '--json')).json.modelIds).toEqual(ids);
  expect((await zkvm('inspect', at('m.record'), '--json')).json).toMatchObject({ kind: 'record', name: 'small', modelIds: ids });
  expect((await zkvm('inspect', at('m.record'))).out).toContain(ids.proven);
});

test('verify says of a record what it says of the model', async () => {
  const [recorded, loaded] = [await verify('--record', at('m.record')), await verify('--model', at('m.zkb'))];
  expect(recorded.code).toBe(0);
  expect({ ...recorded.json, timings: 0 }).toEqual({ ...loaded.json, timings: 0 });
  expect((await verify('--record', at('m.record'), '--input', at('x.json'))).code).toBe(0);
  const other = JSON.parse(input);
  for (const tensor of Object.values<{ data: number[] }>(other)) tensor.data[0]! += 0.5;
  write('other.json', JSON.stringify(other));
  expect(await verify('--record', at('m.record'), '--input', at('other.json'))).toMatchObject({
    code: 3,
    json: { error: { code: 'ZK0353' } },
  });
});

test('a record of another model, of another profile, or that is none is refused', async () => {
  write('n.zkb', smallModel(['a', 'c']).zkb);
  expect((await zkvm('record', at('n.zkb'), '-o', at('n.record'), '--profile', 'fast')).code).toBe(0);
  expect(await verify('--record', at('n.record'))).toMatchObject({ code: 3, json: { error: { code: 'ZK0356' } } });
  expect((await zkvm('record', at('m.zkb'), '-o', at('chain'), '--profile', 'chain')).code).toBe(0);
  expect(await verify('--record', at('chain'))).toMatchObject({ code: 3, json: { error: { code: 'ZK0359' } } });
  expect(await verify('--record', at('m.zkb'))).toMatchObject({ code: 2, json: { error: { code: 'ZK0826' } } });
});

test('one of model and record is needed', async () => {
  expect(await verify()).toMatchObject({ code: 2, json: { error: { code: 'ZK0821' } } });
  expect(await verify('--record', at('m.record'), '--model', at('m.zkb'))).toMatchObject({ code: 2, json: { error: { code: 'ZK0821' } } });
});
