// All addresses of the service as one table: the HTTP side serves it, the OpenAPI document describes it. Source: README "As a service".
// Caveat: version 1 of the interface; fields and addresses may come, none will change its meaning.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { usage, type ZkvmError } from '../../fri/core/errors.ts';
import { readProof } from './data-folder.ts';
import { hasEnded, JOB_STATES, type JobState } from './queue.ts';
import { newJobs, uploadOf } from './requests.ts';
import type { Answer, Call, Event, Parameter, Route, Schema } from './route.ts';
import { ref } from './schemas.ts';
import type { Service } from './service.ts';
import { jobView, modelView } from './views.ts';

const JSON_TYPE = 'application/json';
const BYTES_TYPE = 'application/octet-stream';
const TEXT: Schema = { type: 'string' };
const BYTES: Schema = { type: 'string', format: 'binary' };

const MOST_LISTED = 1000;
const LISTED = 100;
const MOST_KEY = 255;

const MODEL: Parameter = { name: 'model', in: 'path', describe: 'id of a model', schema: TEXT };
const JOB: Parameter = { name: 'job', in: 'path', describe: 'id of a job', schema: TEXT };

const json = (describe: string, schema: Schema) => ({ describe, content: { [JSON_TYPE]: schema } });

const notYet = (what: string, why: string): ZkvmError => usage('ZK0919', { what, why, fix: 'watch the job: GET /v1/jobs/{job}/events' });

/** @throws ZK0914 */
function limitOf(text: string | undefined): number {
  const limit = text === undefined ? LISTED : Number(text);
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= MOST_LISTED))
    throw usage('ZK0914', { what: `limit is ${JSON.stringify(text?.slice(0, 40))}`, fix: `give a whole number from 1 to ${MOST_LISTED}` });
  return limit;
}

function stateOf(text: string | undefined): JobState | undefined {
  if (text === undefined || (JOB_STATES as readonly string[]).includes(text)) return text as JobState | undefined;
  throw usage('ZK0914', { what: `state is ${JSON.stringify(text.slice(0, 40))}`, fix: `give one of ${JOB_STATES.join(', ')}` });
}

/** The job as it is, again at every change, until it has ended; what a slow reader misses is left out. */
async function* eventsOf(service: Service, id: string, gone: AbortSignal): AsyncGenerator<Event> {
  const over = new AbortController();
  const signal = AbortSignal.any([gone, over.signal]);
  let last = '';
  try {
    while (!signal.aborted) {
      const changed = service.changed(id, signal);
      const watched = await service.watch(id);
      const view = jobView(watched);
      const text = JSON.stringify(view);
      const ended = hasEnded(view.state);
      if (text !== last) yield { event: ended ? view.state : 'progress', data: view };
      last = text;
      if (ended) return;
      await changed;
    }
  } finally {
    over.abort();
  }
}

/** The bytes of a proof that a job has. @throws ZK0912, ZK0919, ZK0927 */
async function proofOf({ service, parameter }: Call): Promise<Answer> {
  const { job } = await service.watch(parameter('job'));
  if (!job.result) throw notYet('the job has no proof', `it is ${job.state}`);
  const bytes = await readProof(service.folder, job.result.proof);
  return {
    status: 200,
    bytes,
    type: BYTES_TYPE,
    headers: { etag: `"${job.result.proof}"`, 'content-disposition': `attachment; filename="${job.id}.proof"` },
  };
}

const keyOf = ({ header }: Call, body: Uint8Array): { key: string; hash: string } | undefined => {
  const key = header('idempotency-key');
  if (key === undefined) return undefined;
  if (key === '' || key.length > MOST_KEY)
    throw usage('ZK0914', { what: `the Idempotency-Key has ${key.length} characters`, fix: `give 1 to ${MOST_KEY} of them` });
  return { key, hash: createHash('sha256').update(body).digest('hex') };
};

export const ROUTES: readonly Route[] = [
  {
    method: 'get',
    path: '/healthz',
    name: 'health',
    summary: 'Whether the process answers',
    open: true,
    answers: { 200: json('it does', ref('Health')) },
    run: async () => ({ status: 200, json: { status: 'ok', why: 'the process answers' } }),
  },
  {
    method: 'get',
    path: '/readyz',
    name: 'ready',
    summary: 'Whether jobs are taken and worked on',
    open: true,
    answers: { 200: json('they are', ref('Health')), 503: json('not yet, or not any more', ref('Health')) },
    run: async ({ service }) => {
      const { ready, why } = service.ready();
      return { status: ready ? 200 : 503, json: { status: ready ? 'ok' : 'unavailable', why } };
    },
  },
  {
    method: 'get',
    path: '/metrics',
    name: 'metrics',
    summary: 'Numbers for Prometheus',
    answers: { 200: { describe: 'text format 0.0.4', content: { 'text/plain': TEXT } } },
    run: async ({ service }) => ({
      status: 200,
      bytes: new TextEncoder().encode(service.metrics.text(await service.gauges())),
      type: 'text/plain; version=0.0.4; charset=utf-8',
    }),
  },
  {
    method: 'post',
    path: '/v1/models',
    name: 'uploadModel',
    summary: 'Upload a model: a .zkb as it is, or a form with an ONNX file and calibration samples, which is compiled',
    limit: 'max-body',
    body: { [BYTES_TYPE]: BYTES, 'multipart/form-data': ref('Upload') },
    answers: { 201: json('it is kept', ref('Model')), 200: json('it was there', ref('Model')) },
    errors: [400, 409, 413, 422],
    run: async (call) => {
      const upload = await uploadOf(await call.body(), call.header('content-type') ?? '');
      const { id, isNew } = await call.service.upload(upload);
      return { status: isNew ? 201 : 200, json: modelView(call.service.models.get(id)), headers: { location: `/v1/models/${id}` } };
    },
  },
  {
    method: 'get',
    path: '/v1/models',
    name: 'listModels',
    summary: 'All models',
    answers: { 200: json('the oldest first', ref('Models')) },
    run: async ({ service }) => ({ status: 200, json: { models: service.models.list().map(modelView) } }),
  },
  {
    method: 'get',
    path: '/v1/models/{model}',
    name: 'getModel',
    summary: 'One model: names and shapes of its inputs and outputs, labels, ids',
    parameters: [MODEL],
    answers: { 200: json('the model', ref('Model')) },
    errors: [404],
    run: async ({ service, parameter }) => ({ status: 200, json: modelView(service.models.get(parameter('model'))) }),
  },
  {
    method: 'get',
    path: '/v1/models/{model}/file',
    name: 'getModelFile',
    summary: 'The .zkb, for `zkvm verify`',
    parameters: [MODEL],
    answers: { 200: { describe: 'the file', content: { [BYTES_TYPE]: BYTES } } },
    errors: [404],
    run: async ({ service, parameter }) => {
      const { id } = service.models.get(parameter('model'));
      const bytes = new Uint8Array(await fs.promises.readFile(service.folder.modelFile(id)));
      return {
        status: 200,
        bytes,
        type: BYTES_TYPE,
        headers: { etag: `"${id}"`, 'content-disposition': `attachment; filename="${id}.zkb"` },
      };
    },
  },
  {
    method: 'get',
    path: '/v1/models/{model}/record',
    name: 'getRecord',
    summary: 'The record, for `zkvm verify --record`: no weights, kilobytes; of the profiles proven and fast',
    parameters: [MODEL],
    answers: { 200: { describe: 'the file', content: { [BYTES_TYPE]: BYTES } } },
    errors: [404],
    run: async ({ service, parameter }) => {
      const { id } = service.models.get(parameter('model'));
      return { status: 200, bytes: new Uint8Array(await fs.promises.readFile(service.folder.recordFile(id))), type: BYTES_TYPE };
    },
  },
  {
    method: 'delete',
    path: '/v1/models/{model}',
    name: 'deleteModel',
    summary: 'Forget a model; its finished jobs stay',
    parameters: [MODEL],
    answers: { 204: { describe: 'it is gone' } },
    errors: [404, 409],
    run: async ({ service, parameter }) => {
      const { id } = service.models.get(parameter('model'));
      const waiting = await service.queue.waiting(id);
      if (waiting > 0) throw notYet('the model cannot be deleted', `${waiting} of its jobs wait or run`);
      service.models.remove(id);
      return { status: 204 };
    },
  },
  {
    method: 'post',
    path: '/v1/jobs',
    name: 'submitJobs',
    summary: 'Submit an input, or several: a job each, all accepted or none',
    parameters: [
      {
        name: 'Idempotency-Key',
        in: 'header',
        describe: 'a text of your choice: the same request with the same key within a day gives the same jobs',
        schema: { ...TEXT, maxLength: MOST_KEY },
      },
    ],
    limit: 'max-input',
    body: { [JSON_TYPE]: ref('NewJob') },
    answers: {
      202: json('accepted: the jobs are kept, whatever happens to the process', ref('Jobs')),
      200: json('accepted before', ref('Jobs')),
    },
    errors: [400, 404, 409, 413, 422],
    run: async (call) => {
      const body = await call.body();
      const { jobs, known } = await call.service.submit(newJobs(body), keyOf(call, body));
      return { status: known ? 200 : 202, json: { jobs: jobs.map((job) => jobView({ job, progress: undefined })) } };
    },
  },
  {
    method: 'get',
    path: '/v1/jobs',
    name: 'listJobs',
    summary: 'Jobs, the newest first',
    parameters: [
      { name: 'state', in: 'query', describe: 'in this state', schema: { enum: JOB_STATES } },
      { name: 'model', in: 'query', describe: 'of this model', schema: TEXT },
      { name: 'before', in: 'query', describe: 'accepted before this job: the last one of the page before', schema: TEXT },
      {
        name: 'limit',
        in: 'query',
        describe: `at most so many; ${LISTED} if left out`,
        schema: { type: 'integer', minimum: 1, maximum: MOST_LISTED },
      },
    ],
    answers: { 200: json('a page of jobs', ref('Jobs')) },
    errors: [400],
    run: async ({ service, query }) => {
      const jobs = await service.queue.list({
        state: stateOf(query('state')),
        model: query('model'),
        before: query('before'),
        limit: limitOf(query('limit')),
      });
      return { status: 200, json: { jobs: jobs.map((job) => jobView({ job, progress: service.progress(job.id) })) } };
    },
  },
  {
    method: 'get',
    path: '/v1/jobs/{job}',
    name: 'getJob',
    summary: 'One job',
    parameters: [JOB],
    answers: { 200: json('the job', ref('Job')) },
    errors: [404],
    run: async ({ service, parameter }) => ({ status: 200, json: jobView(await service.watch(parameter('job'))) }),
  },
  {
    method: 'get',
    path: '/v1/jobs/{job}/events',
    name: 'watchJob',
    summary: 'Watch a job: `progress` at every change, then `done`, `failed` or `cancelled`, each with the job',
    parameters: [JOB],
    answers: { 200: { describe: 'server-sent events', content: { 'text/event-stream': TEXT } } },
    errors: [404],
    run: async ({ service, parameter, signal }) => {
      const { job } = await service.watch(parameter('job'));
      return { status: 200, events: eventsOf(service, job.id, signal) };
    },
  },
  {
    method: 'get',
    path: '/v1/jobs/{job}/proof',
    name: 'getProof',
    summary: 'The proof file',
    parameters: [JOB],
    answers: { 200: { describe: 'bytes for `zkvm verify`', content: { [BYTES_TYPE]: BYTES } } },
    errors: [404, 409],
    run: proofOf,
  },
  {
    method: 'get',
    path: '/v1/jobs/{job}/outputs',
    name: 'getOutputs',
    summary: 'The outputs in real units, and labels where the model has some',
    parameters: [JOB],
    answers: { 200: json('what was proved', ref('Outputs')) },
    errors: [404, 409],
    run: async ({ service, parameter }) => {
      const { job } = await service.watch(parameter('job'));
      const outputs = await service.queue.outputs(job.id);
      if (outputs === undefined) throw notYet('the job has no outputs', `it is ${job.state}`);
      return { status: 200, bytes: new TextEncoder().encode(outputs), type: JSON_TYPE };
    },
  },
  {
    method: 'post',
    path: '/v1/jobs/{job}/cancel',
    name: 'cancelJob',
    summary: 'Cancel a job; one that has ended stays as it is',
    parameters: [JOB],
    answers: { 200: json('the job', ref('Job')) },
    errors: [404],
    run: async ({ service, parameter }) => ({ status: 200, json: jobView(await service.cancel(parameter('job'))) }),
  },
  {
    method: 'delete',
    path: '/v1/jobs/{job}',
    name: 'deleteJob',
    summary: 'Forget a job that has ended, and its proof',
    parameters: [JOB],
    answers: { 204: { describe: 'it is gone' } },
    errors: [404, 409],
    run: async ({ service, parameter }) => {
      const { job } = await service.watch(parameter('job'));
      if (!hasEnded(job.state))
        throw usage('ZK0919', { what: 'the job cannot be deleted', why: `it is ${job.state}`, fix: 'cancel it first' });
      const proof = await service.queue.remove(job.id);
      if (proof !== undefined) await fs.promises.rm(service.folder.proofFile(proof), { force: true });
      return { status: 204 };
    },
  },
];
