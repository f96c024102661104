// Models and jobs as callers see them. Source: schemas.ts. Caveat: times are texts in UTC; a fraction counts steps, not time.
import type { StoredModel } from './models.ts';
import { hasEnded } from './queue.ts';
import type { Watched } from './service.ts';

const timeText = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());

export const modelView = ({ id, name, bytes, created, inputs, outputs, metadata, tables, modelIds, notes }: StoredModel) => ({
  id,
  name,
  bytes,
  created: timeText(created),
  inputs: inputs.map(({ name, shape }) => ({ name, shape })),
  outputs: outputs.map(({ name, shape }) => ({ name, shape })),
  labels: metadata.labels,
  tables,
  modelIds,
  notes,
});

export const jobView = ({ job, progress }: Watched) => ({
  id: job.id,
  model: job.model,
  profile: job.profile,
  context: job.context,
  strict: job.strict,
  priority: job.priority ?? 'normal',
  state: job.state,
  attempts: job.attempts,
  created: timeText(job.created),
  started: timeText(job.started),
  ended: timeText(job.ended),
  phase: job.state === 'running' ? (progress?.phase ?? null) : null,
  fraction: job.state === 'done' ? 1 : hasEnded(job.state) ? 0 : (progress?.fraction ?? 0),
  result: job.result ?? null,
  error: job.error ?? null,
});
