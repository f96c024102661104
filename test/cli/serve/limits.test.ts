// Limits come from options, else from the environment, else from the table; what does not fit is refused with its name.
import { expect, test } from 'vitest';
import { LIMIT_OPTIONS, LIMITS, limitsOf, variableOf } from '../../../cli/serve/limits.ts';
import { failure } from '../../failure.ts';

test('an option wins over the environment, and that over the default', () => {
  expect(limitsOf({}, {}, 3)).toMatchObject({ workers: 3, 'max-queue': 1000, 'max-body': 64 });
  expect(limitsOf({}, { ZKVM_MAX_QUEUE: '7', ZKVM_WORKERS: '' }, 3)).toMatchObject({ workers: 3, 'max-queue': 7 });
  expect(limitsOf({ 'max-queue': 5 }, { ZKVM_MAX_QUEUE: '7' }, 3)).toMatchObject({ 'max-queue': 5 });
});

test.each<[string, Parameters<typeof limitsOf>[0], Record<string, string>, RegExp]>([
  ['a text', {}, { ZKVM_MAX_QUEUE: 'many' }, /ZKVM_MAX_QUEUE is "many"/],
  ['a fraction of a worker', { workers: 1.5 }, {}, /--workers is 1.5/],
  ['no queue', { 'max-queue': 0 }, {}, /--max-queue is 0/],
  ['an endless job', {}, { ZKVM_JOB_SECONDS: 'Infinity' }, /ZKVM_JOB_SECONDS/],
  ['a port that is none', { port: 65_536 }, {}, /--port is 65536/],
])('%s is refused', (_what, options, environment, message) => {
  const error = failure(() => limitsOf(options, environment, 2));
  expect(error).toMatchObject({ code: 'ZK0906', kind: 'usage' });
  expect(error?.what).toMatch(message);
});

test('every limit is an option that says its variable', () => {
  for (const name of Object.keys(LIMITS) as (keyof typeof LIMITS)[])
    expect(LIMIT_OPTIONS[name].describe).toContain(`(${variableOf(name)})`);
});
