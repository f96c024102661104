// Shapes of what the service takes and gives, as JSON Schema, by name. Source: JSON Schema 2020-12, which OpenAPI 3.1 uses.
// Caveat: they are for readers and generators of clients; requests are checked by the code that reads them (requests.ts).
import { JOB_STATES, PRIORITIES } from './queue.ts';
import type { Schema } from './route.ts';

export const ref = (name: keyof typeof SCHEMAS): Schema => ({ $ref: `#/components/schemas/${name}` });

const text = { type: 'string' } as const;
const number = { type: 'number' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const maybeText = { type: ['string', 'null'] } as const;
const object = (properties: Schema, required: readonly string[] = Object.keys(properties)): Schema & { properties: Schema } => ({
  type: 'object',
  properties,
  required,
});
const listOf = (items: Schema): Schema => ({ type: 'array', items });

export const PROFILES_OF_JOBS = ['proven', 'fast', 'chain'] as const;

const TENSOR_FORMS =
  'Real numbers: {"name": nested array}, {"name": {"shape": […], "data": […]}}, {"input_data": [[…]]} or one bare nested array.';

export const SCHEMAS = {
  Error: {
    ...object({ code: text, kind: text, what: text, where: maybeText, why: maybeText, fix: maybeText, docs: text }),
    description: 'Every error, whatever its status; docs/ERRORS.md explains each code.',
  },
  Region: object({ name: text, shape: listOf(count) }),
  Model: object({
    id: { ...text, description: 'content hash of the .zkb' },
    name: text,
    bytes: count,
    created: { ...text, format: 'date-time' },
    inputs: listOf({ $ref: '#/components/schemas/Region' }),
    outputs: listOf({ $ref: '#/components/schemas/Region' }),
    labels: listOf(text),
    tables: { ...text, description: 'strict, saturating or unknown' },
    modelIds: { type: 'object', additionalProperties: text, description: 'what proofs of a profile name' },
    notes: listOf(text),
  }),
  Models: object({ models: listOf({ $ref: '#/components/schemas/Model' }) }),
  Upload: object(
    {
      model: { ...text, contentMediaType: 'application/octet-stream', description: 'an ONNX file or a .zkb' },
      calibration: {
        ...text,
        contentMediaType: 'application/octet-stream',
        description: 'typical inputs, JSON or .npy, as zkvm compile --calibrate takes them',
      },
      name: text,
      labels: { ...text, description: 'a,b,c' },
      accuracy: number,
      acceptError: number,
      batch: count,
      bits: count,
      strict: { type: 'boolean' },
    },
    ['model'],
  ),
  NewJob: {
    ...object(
      {
        model: { ...text, description: 'id of a model' },
        input: { description: TENSOR_FORMS },
        inputs: { ...listOf({}), description: 'several inputs, a job each; instead of input' },
        profile: { enum: PROFILES_OF_JOBS, default: 'proven' },
        context: { ...text, default: '', description: 'hexadecimal bytes that the proof is bound to' },
        strict: { type: 'boolean', default: false, description: 'fail where values leave the calibrated ranges' },
        priority: { enum: PRIORITIES, default: 'normal', description: 'high before normal before low, whatever waits longer' },
      },
      ['model'],
    ),
    additionalProperties: false,
  },
  Job: object({
    id: text,
    model: text,
    profile: { enum: PROFILES_OF_JOBS },
    context: text,
    strict: { type: 'boolean' },
    priority: { enum: PRIORITIES },
    state: { enum: JOB_STATES },
    attempts: count,
    created: { ...text, format: 'date-time' },
    started: { type: ['string', 'null'], format: 'date-time' },
    ended: { type: ['string', 'null'], format: 'date-time' },
    phase: { ...maybeText, description: 'what a running job is at' },
    fraction: { ...number, description: '0 to 1, how many of the steps are done' },
    result: {
      oneOf: [
        { type: 'null' },
        object({
          proof: { ...text, description: 'SHA-256 of the proof file' },
          proofBytes: count,
          modelId: text,
          cells: count,
          security: { type: 'object' },
          saturated: listOf({ type: 'object' }),
          unsteady: listOf({ type: 'object' }),
          timings: { type: 'object', additionalProperties: number },
        }),
      ],
    },
    error: { oneOf: [{ type: 'null' }, { $ref: '#/components/schemas/Error' }] },
  }),
  Jobs: object({ jobs: listOf({ $ref: '#/components/schemas/Job' }) }),
  Outputs: object({
    outputs: { type: 'object', additionalProperties: object({ shape: listOf(count), data: listOf(number) }) },
    labels: { type: ['array', 'null'], items: text },
  }),
  Health: object({ status: text, why: text }),
} as const satisfies Readonly<Record<string, Schema>>;
