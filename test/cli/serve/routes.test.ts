// Every address of the service, in process: models come and go, jobs are accepted, watched, cancelled and fetched, and everything hostile gets a
// typed error. What the answers look like is held against the OpenAPI document.
// Slow: it starts worker threads, compiles a model and makes proofs.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApiDocument } from '../../../cli/serve/openapi.ts';
import { ROUTES } from '../../../cli/serve/routes.ts';
import { jsBackend } from '../../../fri/backend/js/backend.ts';
import { digestToHex } from '../../../fri/core/digest.ts';
import { profileNamed } from '../../../fri/pcs/profile.ts';
import { decodeProgram } from '../../../vm/files/zkb.ts';
import { loadModel } from '../../../vm/statement/model.ts';
import { decodeRecord, recordedModel } from '../../../vm/statement/record-file.ts';
import { verifyProof } from '../../../vm/verify.ts';
import { smallModel } from '../capture.ts';
import { type Asked, type RunningService, startRunning } from './running.ts';

const small = smallModel(['a', 'b']);
const [inputName] = small.program.inputs.map(({ name }) => name) as [string];
const input = JSON.parse(small.input);
const digits = path.join(import.meta.dirname, '../../models/digits_mlp');
const file = (name: string): File => new File([new Uint8Array(fs.readFileSync(path.join(digits, name)))], name);

let running: RunningService;
let model: string;
const ask: RunningService['ask'] = (...request) => running.ask(...request);
const submit = (more: object = {}, headers = {}): Promise<Asked> =>
  ask('POST', '/v1/jobs', JSON.stringify({ model, input, profile: 'fast', ...more }), headers);

beforeAll(async () => {
  running = await startRunning({ 'max-models': 2, 'max-body': 1, 'max-input': 0.2, 'max-queue': 6 });
  const { json } = await ask('POST', '/v1/models', small.zkb);
  model = json.id;
});
afterAll(() => running.stop());

const isError = ({ json }: Asked, code: string): void => {
  expect(Object.keys(json)).toEqual(['code', 'kind', 'what', 'where', 'why', 'fix', 'docs']);
  expect(json.code).toBe(code);
};

describe('models', () => {
  test('a .zkb is kept under its content hash, once, and given back as it came', async () => {
    const again = await ask('POST', '/v1/models', small.zkb);
    expect(again).toMatchObject({ status: 200, json: { id: model, name: 'small', labels: ['a', 'b'] } });
    expect(again.headers.get('location')).toBe(`/v1/models/${model}`);
    expect((await ask('GET', '/v1/models')).json.models).toEqual([again.json]);
    expect((await ask('GET', `/v1/models/${model}`)).json).toEqual(again.json);
    expect(again.json.inputs).toEqual(small.program.inputs.map(({ name, shape }) => ({ name, shape })));
    expect((await ask('GET', `/v1/models/${model}/file`)).bytes).toEqual(small.zkb);
    const record = decodeRecord((await ask('GET', `/v1/models/${model}/record`)).bytes);
    for (const name of ['proven', 'fast'] as const)
      expect(digestToHex(recordedModel(record, profileNamed(name)).id)).toBe(again.json.modelIds[name]);
    expect(() => recordedModel(record, profileNamed('chain'))).toThrow();
  });

  test('an ONNX file is compiled with its samples; it can be proved, and deleted', async () => {
    const form = new FormData();
    form.set('model', file('model.onnx'));
    form.set('calibration', file('calib.json'));
    form.set('name', 'digits');
    form.set('labels', '0,1,2,3,4,5,6,7,8,9');
    const { status, json } = await ask('POST', '/v1/models', form);
    expect({ status, name: json.name, notes: json.notes }).toEqual({ status: 201, name: 'digits', notes: [] });
    const third = { ...small.program, metadata: { name: 'third', labels: [] } };
    const { encodeProgram } = await import('../../../vm/files/zkb.ts');
    const refused = await ask('POST', '/v1/models', encodeProgram(third));
    expect(refused.status).toBe(409);
    isError(refused, 'ZK0917');
    expect(fs.readdirSync(path.join(running.folder, 'models'))).toHaveLength(4);

    const digit = JSON.parse(fs.readFileSync(path.join(digits, 'input.json'), 'utf8'));
    const { json: accepted } = await ask('POST', '/v1/jobs', JSON.stringify({ model: json.id, input: digit, profile: 'fast' }));
    const busy = await ask('DELETE', `/v1/models/${json.id}`);
    expect(busy.status).toBe(409);
    isError(busy, 'ZK0919');
    const job = await running.ended(accepted.jobs[0].id);
    expect(job).toMatchObject({ state: 'done', fraction: 1 });
    const expected = JSON.parse(fs.readFileSync(path.join(digits, 'expected.json'), 'utf8'));
    const { labels, outputs } = (await ask('GET', `/v1/jobs/${job.id}/outputs`)).json;
    expect(labels).toHaveLength(1);
    expect(Object.keys(outputs)).toHaveLength(1);
    expect(JSON.stringify(expected)).toContain(labels[0]);
    expect((await ask('DELETE', `/v1/models/${json.id}`)).status).toBe(204);
    isError(await ask('GET', `/v1/models/${json.id}`), 'ZK0912');
    expect(fs.readdirSync(path.join(running.folder, 'models'))).toEqual([`${model}.record`, `${model}.zkb`]);
  });

  const damaged = (): Uint8Array => small.zkb.map((byte, i) => (i === 9 ? byte ^ 255 : byte));
  test.each<[string, () => string | Uint8Array | FormData, number, RegExp]>([
    ['nothing', () => new Uint8Array(0), 400, /^ZK0914$/],
    ['bytes that are no model', () => new Uint8Array(1000).fill(7), 422, /^ZK05/],
    ['a damaged .zkb', damaged, 422, /^ZK03|^ZK04/],
    ['a .zkb that was cut off', () => small.zkb.subarray(0, small.zkb.length - 5), 422, /^ZK03/],
    [
      'an ONNX file that was cut off',
      () => {
        const form = new FormData();
        form.set('model', new File([new Uint8Array(fs.readFileSync(path.join(digits, 'model.onnx'))).subarray(0, 5000)], 'm.onnx'));
        return form;
      },
      422,
      /^ZK05/,
    ],
    [
      'samples that are no JSON',
      () => {
        const form = new FormData();
        form.set('model', file('model.onnx'));
        form.set('calibration', new File(['[[1,2'], 'x.json'));
        return form;
      },
      400,
      /^ZK0806$/,
    ],
    [
      'a field that nobody knows',
      () => {
        const form = new FormData();
        form.set('modle', file('model.onnx'));
        return form;
      },
      400,
      /^ZK0914$/,
    ],
    ['more than the limit', () => new Uint8Array(1_000_001), 413, /^ZK0913$/],
  ])('%s: refused with a typed error, and nothing is kept', async (_what, body, status, codes) => {
    const answer = await ask('POST', '/v1/models', body());
    expect({ status: answer.status, code: answer.json.code }).toEqual({ status, code: expect.stringMatching(codes) });
    isError(answer, answer.json.code);
    expect(JSON.stringify(answer.json)).not.toContain(running.folder);
    expect(fs.readdirSync(path.join(running.folder, 'models'))).toEqual([`${model}.record`, `${model}.zkb`]);
    expect(fs.readdirSync(path.join(running.folder, 'uploads'))).toEqual([]);
  });
});

describe('jobs', () => {
  test('a proof is about the input, the model and the context that were sent', async () => {
    const { status, json } = await submit({ context: 'c0ffee' });
    expect({ status, state: json.jobs[0].state }).toEqual({ status: 202, state: 'queued' });
    const job = await running.ended(json.jobs[0].id);
    expect(job).toMatchObject({ state: 'done', error: null, attempts: 1, phase: null, context: 'c0ffee' });
    const { bytes, headers } = await ask('GET', `/v1/jobs/${job.id}/proof`);
    expect(headers.get('etag')).toBe(`"${(job.result as { proof: string }).proof}"`);
    const fast = profileNamed('fast');
    const loaded = await loadModel(decodeProgram(small.zkb), fast, jsBackend());
    const verdict = verifyProof(loaded, bytes, [fast], { context: Uint8Array.of(0xc0, 0xff, 0xee) });
    expect(() =>
      verifyProof(
        loaded,
        bytes.map((byte, i) => (i === 5000 ? byte ^ 1 : byte)),
        [fast],
      ),
    ).toThrow();
    const { outputs, labels } = (await ask('GET', `/v1/jobs/${job.id}/outputs`)).json;
    const [output] = small.program.outputs;
    expect(outputs[output!.name].data).toEqual(Array.from(verdict.outputs[output!.name]!, (value) => value * 0.5));
    expect(labels === null || Array.isArray(labels)).toBe(true);
  });

  test('several inputs are a job each, and a key gives the same jobs again', async () => {
    const more = { inputs: [input, input], input: undefined };
    const first = await submit(more, { 'idempotency-key': 'k1' });
    const again = await submit(more, { 'idempotency-key': 'k1' });
    expect([first.status, again.status]).toEqual([202, 200]);
    const ids = ({ json }: Asked): string[] => json.jobs.map(({ id }: { id: string }) => id);
    expect(ids(first)).toHaveLength(2);
    expect(ids(again)).toEqual(ids(first));
    isError(await submit({ ...more, context: '00' }, { 'idempotency-key': 'k1' }), 'ZK0918');
    for (const id of ids(first)) expect((await running.ended(id)).state).toBe('done');
  });

  test('a job is watched from its place in the queue to its proof', async () => {
    const { json } = await submit({ context: '01' });
    const response = await running.app.request(`/v1/jobs/${json.jobs[0].id}/events`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const events = (await response.text())
      .trim()
      .split('\n\n')
      .map((event) => /^event: (\w+)\ndata: (.*)$/.exec(event)!)
      .map(([, name, data]) => ({ name, job: JSON.parse(data!) }));
    expect(events.at(-1)).toMatchObject({ name: 'done', job: { state: 'done', fraction: 1 } });
    const fractions = events.map(({ job }) => job.fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(events.length).toBeGreaterThan(3);
    expect(new Set(events.map(({ job }) => job.phase)).size).toBeGreaterThan(2);
  });

  test('a job is cancelled while it runs and while it waits; its watchers hear of it; it can be deleted', async () => {
    const { json } = await submit({ inputs: [input, input], input: undefined, profile: 'proven', context: '02' });
    const [first, second] = json.jobs.map(({ id }: { id: string }) => id) as [string, string];
    while ((await ask('GET', `/v1/jobs/${first}`)).json.state === 'queued') await new Promise((resolve) => setTimeout(resolve, 5));
    const watched = (async () => (await running.app.request(`/v1/jobs/${second}/events`)).text())();
    isError(await ask('DELETE', `/v1/jobs/${first}`), 'ZK0919');
    for (const id of [second, first]) {
      const { json: job } = await ask('POST', `/v1/jobs/${id}/cancel`);
      expect(job).toMatchObject({ state: 'cancelled', error: { code: 'ZK0922' }, result: null });
      isError(await ask('GET', `/v1/jobs/${id}/proof`), 'ZK0919');
    }
    expect(await watched).toMatch(/event: cancelled\n/);
    expect((await ask('DELETE', `/v1/jobs/${first}`)).status).toBe(204);
    isError(await ask('GET', `/v1/jobs/${first}`), 'ZK0912');
    // the worker goes on with others
    const { json: next } = await submit({ context: '03' });
    expect((await running.ended(next.jobs[0].id)).state).toBe('done');
    expect((await ask('POST', `/v1/jobs/${next.jobs[0].id}/cancel`)).json.state).toBe('done');
  });

  test('a deleted job takes its proof along', async () => {
    const { json } = await submit({ context: '04' });
    const job = await running.ended(json.jobs[0].id);
    const proof = path.join(running.folder, 'proofs', `${(job.result as { proof: string }).proof}.proof`);
    expect(fs.existsSync(proof)).toBe(true);
    await ask('DELETE', `/v1/jobs/${job.id}`);
    expect(fs.existsSync(proof)).toBe(false);
  });

  test('jobs are listed, the newest first, by state', async () => {
    const { json } = await ask('GET', '/v1/jobs?limit=2&state=done');
    expect(json.jobs).toHaveLength(2);
    expect(json.jobs[0].created >= json.jobs[1].created).toBe(true);
    const next = await ask('GET', `/v1/jobs?limit=1&state=done&before=${json.jobs[0].id}`);
    expect(next.json.jobs[0].id).toBe(json.jobs[1].id);
    isError(await ask('GET', '/v1/jobs?state=lost'), 'ZK0914');
    isError(await ask('GET', '/v1/jobs?limit=0'), 'ZK0914');
  });

  const nested = `${'['.repeat(100_000)}1${']'.repeat(100_000)}`;
  test.each<[string, string | (() => string), number, string]>([
    ['no JSON', '{"model":', 400, 'ZK0806'],
    ['no UTF-8', '\ud800', 400, 'ZK0806'],
    ['no object', '[1]', 400, 'ZK0914'],
    ['an unknown field', '{"model":"x","input":{},"proflie":"fast"}', 400, 'ZK0914'],
    ['a field called __proto__', '{"model":"x","input":{},"__proto__":{"profile":"test"}}', 400, 'ZK0914'],
    ['no input', '{"model":"x"}', 400, 'ZK0914'],
    ['both forms of input', '{"model":"x","input":{},"inputs":[]}', 400, 'ZK0914'],
    ['a profile that proves nothing', '{"model":"x","input":{},"profile":"test"}', 400, 'ZK0914'],
    ['a context that is not hexadecimal', '{"model":"x","input":{},"context":"xyz"}', 422, 'ZK0822'],
    ['a model that is not there', '{"model":"../jobs.db","input":{}}', 404, 'ZK0912'],
    ['a tensor nested very deep', () => `{"model":"${model}","input":${nested}}`, 413, 'ZK0913'],
    ['a tensor nested too deep', () => `{"model":"${model}","input":${nested.slice(90_000, 110_001)}}`, 422, 'ZK0808'],
    ['a model nested deep', () => `{"model":${nested.slice(90_000, 110_001)},"input":{}}`, 422, 'ZK0808'],
    [
      'what nobody reads nested deep',
      () => `{"model":"${model}","input":{"${inputName}":{"shape":[1],"data":[1],"more":${nested.slice(90_000, 110_001)}}}}`,
      422,
      'ZK0808',
    ],
    ['brackets in a text, which nest nothing', `{"model":"\\"${'['.repeat(100)}","input":[]}`, 404, 'ZK0912'],
    ['another tensor', () => JSON.stringify({ model, input: { other: [1] } }), 422, 'ZK0812'],
    ['a tensor of the wrong shape', () => JSON.stringify({ model, input: { [inputName]: [1, 2] } }), 422, 'ZK0810'],
    [
      'an element out of range',
      () => JSON.stringify({ model, input: { [inputName]: { ...input[inputName], data: input[inputName].data.with(0, 1e30) } } }),
      422,
      'ZK0811',
    ],
    ['more inputs than the queue takes', () => JSON.stringify({ model, inputs: Array(7).fill(input) }), 503, 'ZK0916'],
  ])('%s: refused with a typed error', async (what, body, status, code) => {
    const text = typeof body === 'string' ? body : body();
    const answer = await ask('POST', '/v1/jobs', what === 'no UTF-8' ? Uint8Array.of(0xff, 0xfe) : text);
    expect({ status: answer.status, code: answer.json.code }).toEqual({ status, code });
    isError(answer, code);
  });
});

describe('the service itself', () => {
  test('says that it lives and works, and counts what it did', async () => {
    expect(await ask('GET', '/healthz')).toMatchObject({ status: 200, json: { status: 'ok' } });
    expect(await ask('GET', '/readyz')).toMatchObject({ status: 200, json: { status: 'ok' } });
    const text = new TextDecoder().decode((await ask('GET', '/metrics')).bytes);
    expect(text).toMatch(/^zkvm_jobs_ended_total\{state="done"\} [1-9]\d*$/m);
    expect(text).toMatch(/^zkvm_job_seconds_bucket\{le="\+Inf"\} [1-9]\d*$/m);
    expect(text).toMatch(/^zkvm_queue_length 0$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
    for (const line of text.trim().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? [\d.e+-]+)$/);
  });

  test('logs lines of JSON without inputs', () => {
    expect(running.log.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['worker ready', 'model added', 'job accepted', 'job ended', 'request']),
    );
    expect(running.log.every(({ time, level }) => typeof time === 'string' && typeof level === 'string')).toBe(true);
    expect(JSON.stringify(running.log)).not.toContain(inputName);
  });

  test('an address that is not there, or another method, is a typed error', async () => {
    isError(await ask('GET', '/v1/nothing'), 'ZK0911');
    isError(await ask('PUT', '/v1/models'), 'ZK0911');
    isError(await ask('GET', '/v1/models/..%2f..%2fowner.lock/file'), 'ZK0912');
  });

  test('a page or a name of somebody else gets nothing', async () => {
    for (const headers of [{ origin: 'https://page.example' }, { host: 'rebound.example' }]) {
      const answer = await ask('GET', '/v1/models', undefined, headers);
      expect(answer.status).toBe(403);
      isError(answer, 'ZK0926');
    }
  });
});

describe('the OpenAPI document', () => {
  const document = openApiDocument('1', true) as {
    paths: Record<string, Record<string, { responses: object; parameters: { name: string; in: string }[] }>>;
    components: { schemas: object };
  };

  test('is served, and describes every route with its parameters', async () => {
    expect((await ask('GET', '/openapi.json')).json).toMatchObject({
      openapi: '3.1.0',
      paths: { '/v1/jobs': { post: { operationId: 'submitJobs' } } },
    });
    for (const { method, path: where } of ROUTES) {
      const inPath = [...where.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const described = document.paths[where]![method]!.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect(described).toEqual(inPath);
    }
    expect(new Set(ROUTES.map(({ name }) => name)).size).toBe(ROUTES.length);
  });

  test('names only schemas that it has', () => {
    const text = JSON.stringify(document);
    const named = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !Object.hasOwn(document.components.schemas, name))).toEqual([]);
  });
});
