// `zkvm audit`, and what the other commands do with a program that is not known to have one answer: refuse it, or go on when told so and say it
// first. The program is y = x for every x but 0; there y is anything, and two proofs of it differ. Caveat: profile `test`.
// Slow: models are committed and proved.
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { digestToHex } from '../../fri/core/digest.ts';
import { PROFILES, type Profile } from '../../fri/pcs/profile.ts';
import { encodeProgram } from '../../vm/files/zkb.ts';
import { RAM_BASE } from '../../vm/program/isa.ts';
import { proveExecution } from '../../vm/prove.ts';
import { makeRecord } from '../../vm/statement/make-record.ts';
import { loadModel, prepareModel } from '../../vm/statement/model.ts';
import { guessedRun } from '../vm/guessed-run.ts';
import { hiddenBranch } from '../vm/program/undetermined-programs.ts';
import { smallModel, temporaryFolder, zkvm } from './capture.ts';

const folder = temporaryFolder();
const { at, write } = folder;
const ALLOW = '--allow-undetermined';
const backend = jsBackend();
const { program } = hiddenBranch(3);
const sound = smallModel();

beforeAll(async () => {
  write('sound.zkb', sound.zkb);
  write('hidden.zkb', encodeProgram(program));
  for (const x of [0, 3]) write(`x${x}.json`, JSON.stringify({ x0: { shape: [1, 16], data: [x, ...Array<number>(15).fill(0)] } }));
  const model = await prepareModel(program, PROFILES.test, backend, { allowUndetermined: true });
  for (const y of [5, 7]) {
    const run = guessedRun(program, hiddenBranch(0).inputs, { [RAM_BASE + 1]: [y] });
    write(`p${y}`, (await proveExecution(model, run)).bytes);
  }
});
afterAll(folder.remove);

describe('audit', () => {
  test('a sound model: exit 0, and the ids that it is about', async () => {
    const { code, json } = await zkvm('audit', at('sound.zkb'), '--json');
    expect([code, json.determined]).toEqual([0, true]);
    for (const profile of [PROFILES.proven, PROFILES.fast, PROFILES.chain])
      expect(json.modelIds[profile.name]).toBe(digestToHex((await loadModel(sound.program, profile, backend)).id));
    expect(json.contentHash).toBe((await zkvm('inspect', at('sound.zkb'), '--json')).json.contentHash);
    const { out } = await zkvm('audit', at('sound.zkb'));
    expect(out).toMatch(/^determined: model "small"/);
    for (const text of [json.contentHash, json.modelIds.proven, json.modelIds.fast, json.modelIds.chain]) expect(out).toContain(text);
  });

  test('another model: exit 3, and the instruction because of which', async () => {
    const { code, json } = await zkvm('audit', at('hidden.zkb'), '--json');
    expect(code).toBe(3);
    expect(json).toMatchObject({ determined: false, undetermined: { pc: 0, instruction: 'JNZ a=ram+0 b=#2', node: null, rule: 'jump' } });
    expect(json.modelIds.proven).toMatch(/^[0-9a-f]{62}$/);
    const { out } = await zkvm('audit', at('hidden.zkb'));
    expect(out).toMatch(/^NOT DETERMINED: .*\n {2}pc 0: JNZ a=ram\+0 b=#2: /);
  });

  test('a model that is too large for the contract has no id there, and is judged all the same', async () => {
    write('large.zkb', encodeProgram({ ...sound.program, ramLogSize: 19 }));
    const { code, json } = await zkvm('audit', at('large.zkb'), '--json');
    expect([code, json.determined, json.modelIds.chain]).toEqual([0, true, null]);
    expect(json.modelIds.proven).toMatch(/^[0-9a-f]{62}$/);
  });

  test('what is no model: exit 2', async () => {
    expect(await zkvm('audit', at('x0.json'), '--json')).toMatchObject({ code: 2, json: { error: { kind: 'usage' } } });
  });
});

describe('a program that may have several answers', () => {
  const refused = { code: 3, json: { accepted: false, error: { code: 'ZK0347', kind: 'rejected' } } };

  test('run and prove refuse it, and go on when told so', async () => {
    const run = ['run', at('hidden.zkb'), '--input', at('x3.json'), '-o', at('t')];
    expect(await zkvm(...run, '--json')).toMatchObject(refused);
    expect(fs.existsSync(at('t'))).toBe(false);
    expect(await zkvm(...run, ALLOW, '--json')).toMatchObject({ code: 0, json: { determined: false, undetermined: { pc: 0 } } });
    expect((await zkvm(...run, ALLOW)).out).toMatch(/^NOT DETERMINED: .*\noutput "y0"/);
    const prove = ['prove', at('t'), '-o', at('p'), '--profile', 'test'];
    expect(await zkvm(...prove, '--json')).toMatchObject(refused);
    expect(fs.existsSync(at('p'))).toBe(false);
    expect(await zkvm(...prove, ALLOW, '--json')).toMatchObject({ code: 0, json: { determined: false } });
  });

  test('verify refuses both of two proofs on one input; told to go on, it accepts both and says first what that is worth', async () => {
    const outputs = [];
    for (const y of [5, 7]) {
      const verify = ['verify', at(`p${y}`), '--model', at('hidden.zkb'), '--input', at('x0.json'), '--profile', 'test'];
      expect(await zkvm(...verify, '--json')).toMatchObject(refused);
      const { code, json } = await zkvm(...verify, ALLOW, '--json');
      expect([code, json.accepted, json.determined, json.undetermined.pc]).toEqual([0, true, false, 0]);
      outputs.push(json.outputs.y0.data[0]);
      const { out } = await zkvm(...verify, ALLOW);
      expect(out).toMatch(/^NOT DETERMINED: the outputs may not be the only ones .*pc 0: JNZ a=ram\+0.*\naccepted: /);
    }
    expect(outputs).toEqual([5, 7]);
  });

  test('register, calldata and verify --chain refuse it before they ask for a node', async () => {
    const chain = ['--contract', '0x1'];
    for (const [command, other] of [
      [['register', at('hidden.zkb'), ...chain], 'ZK0861'],
      [['verify', at('p5'), '--model', at('hidden.zkb'), '--chain', ...chain], 'ZK0861'],
      [['calldata', at('p5'), '--model', at('hidden.zkb')], 'ZK0354'],
    ] as const) {
      expect(await zkvm(...command)).toMatchObject({ code: 3, err: expect.stringContaining('ZK0347') });
      expect((await zkvm(...command, ALLOW)).err).toContain(other);
    }
  });

  test('record refuses it, also where somebody has committed to it', async () => {
    expect(await zkvm('record', at('hidden.zkb'), '-o', at('hidden.record'))).toMatchObject({
      code: 3,
      err: expect.stringContaining('ZK0347'),
    });
    expect(folder.list()).not.toContain('hidden.record');
    const committed = (profile: Profile) => loadModel(program, profile, backend, { allowUndetermined: true });
    await expect(makeRecord(program, new Uint8Array(0), committed, [PROFILES.test])).rejects.toMatchObject({ code: 'ZK0347' });
    expect((await zkvm('record', at('sound.zkb'), '-o', at('sound.record'))).code).toBe(0);
  });

  test('a sound model says that it is, with or without the option', async () => {
    write('x.json', sound.input);
    const run = ['run', at('sound.zkb'), '--input', at('x.json')];
    expect((await zkvm(...run, '--json')).json.determined).toBe(true);
    expect((await zkvm(...run, ALLOW)).out).toMatch(/^output /);
  });

  test('inspect shows it and says so', async () => {
    write('shown.zkb', encodeProgram(program));
    expect(await zkvm('inspect', at('shown.zkb'), '--json')).toMatchObject({ code: 0, json: { determined: false } });
    expect((await zkvm('inspect', at('shown.zkb'))).out).toMatch(/^NOT DETERMINED: .*\ncompiled model/);
  });
});
