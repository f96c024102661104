// The queue of one machine, in its database: what was accepted is on the disk before the caller hears of it, and every change of a job is one
// transaction. Source: queue.ts. Caveat: a job whose process died three times is given up, for it is most likely the reason.
import { randomUUID } from 'node:crypto';
import type { BindValues, Database, SQLiteValue } from 'node-sqlite3-wasm';
import { usage, ZkvmError } from '../../fri/core/errors.ts';
import { transaction } from './database.ts';
import {
  hasEnded,
  JOB_STATES,
  type Job,
  type JobState,
  type NewJob,
  PRIORITIES,
  type Priority,
  type Queue,
  type Result,
  type Taken,
} from './queue.ts';
import { type ErrorBody, errorBody } from './status.ts';

const MOST_LOST = 3;
/** how long the key of a request is remembered */
const KEY_LIFE_MS = 24 * 3600 * 1000;

const COLUMNS = 'id, model, profile, context, strict, priority, state, attempts, created, started, ended, result, error';

type Row = Record<string, SQLiteValue>;

const given = (value: SQLiteValue | undefined): number | undefined => (value === null || value === undefined ? undefined : Number(value));

const priorityOf = ({ priority }: Row): Priority => PRIORITIES[Number(priority)]!;

const jobOf = (row: Row): Job => ({
  id: String(row.id),
  model: String(row.model),
  profile: String(row.profile),
  context: String(row.context),
  strict: row.strict === 1,
  priority: priorityOf(row),
  state: row.state as JobState,
  attempts: Number(row.attempts),
  created: Number(row.created),
  started: given(row.started),
  ended: given(row.ended),
  result: row.result === null ? undefined : (JSON.parse(String(row.result)) as Result),
  error: row.error === null ? undefined : (JSON.parse(String(row.error)) as ErrorBody),
});

const givenUp = (): ErrorBody =>
  errorBody(
    new ZkvmError('backend', 'ZK0924', {
      what: `the process or thread that worked on this job ended ${MOST_LOST} times`,
      why: 'most likely the memory does not suffice',
      fix: 'see `zkvm estimate` for what the proof takes, and submit it again where there is that much',
    }),
  );

/**
 * @param most jobs that wait or run at a time
 * @param clock milliseconds since 1970
 * @param blamed whether a process that died may have died of the jobs that it had: not where other machines work on them
 */
export function sqliteQueue(
  database: Database,
  most: number,
  clock: () => number = Date.now,
  blamed = true,
): Queue & { recovered: number } {
  const one = (sql: string, values: BindValues = []): Row | undefined => (database.get(sql, values) as Row | null) ?? undefined;
  const all = (sql: string, values: BindValues = []): Row[] => database.all(sql, values) as Row[];
  const change = (sql: string, values: BindValues): boolean => database.run(sql, values).changes > 0;
  const unfinished = (): number => Number(one("SELECT count(*) AS n FROM jobs WHERE state IN ('queued', 'running')")?.n);

  /** ends a job, if the condition still holds, and forgets its input */
  const end = (state: JobState, id: string, condition: string, more: { result?: Result; outputs?: string; error?: ErrorBody }): boolean =>
    transaction(database, () => {
      const { result, outputs, error } = more;
      const ended = change(`UPDATE jobs SET state = ?, ended = ?, proof = ?, result = ?, error = ? WHERE id = ? AND ${condition}`, [
        state,
        clock(),
        result?.proof ?? null,
        result ? JSON.stringify(result) : null,
        error ? JSON.stringify(error) : null,
        id,
      ]);
      if (!ended) return false;
      database.run('DELETE FROM inputs WHERE job = ?', [id]);
      if (outputs !== undefined) database.run('INSERT INTO outputs (job, body) VALUES (?, ?)', [id, outputs]);
      return true;
    });

  const still = ({ attempt }: Taken): string => `state = 'running' AND attempts = ${attempt}`;

  /** what was put back in order, at the end of a process, may be taken as often as it likes */
  const release = (taken: Taken, otherwise: ErrorBody | undefined): boolean => {
    const lost = Number(one('SELECT lost FROM jobs WHERE id = ?', [taken.id])?.lost ?? 0) + (otherwise ? 1 : 0);
    if (otherwise && lost >= MOST_LOST) return end('failed', taken.id, still(taken), { error: otherwise });
    return change(`UPDATE jobs SET state = 'queued', started = NULL, lost = ? WHERE id = ? AND ${still(taken)}`, [lost, taken.id]);
  };

  // jobs of a process that died: back to their places
  const abandoned = all(`SELECT id, attempts FROM jobs WHERE state = 'running'`);
  for (const { id, attempts } of abandoned) release({ id: String(id), attempt: Number(attempts) } as Taken, blamed ? givenUp() : undefined);

  /** the jobs of a request that came before, if it did */
  const before = ({ key, hash }: { key: string; hash: string }): Job[] | undefined => {
    database.run('DELETE FROM requests WHERE created < ?', [clock() - KEY_LIFE_MS]);
    const known = one('SELECT hash, jobs FROM requests WHERE key = ?', [key]);
    if (!known) return undefined;
    if (known.hash !== hash)
      throw usage('ZK0918', {
        what: 'the Idempotency-Key was used for another request',
        where: `Idempotency-Key ${JSON.stringify(key.slice(0, 80))}`,
        fix: 'take a new key for a new request',
      });
    const ids = JSON.parse(String(known.jobs)) as string[];
    return ids.map((id) => {
      const row = one(`SELECT ${COLUMNS} FROM jobs WHERE id = ?`, [id]);
      if (row) return jobOf(row);
      throw usage('ZK0918', {
        what: 'a job of this Idempotency-Key was deleted',
        where: `Idempotency-Key ${JSON.stringify(key.slice(0, 80))}`,
        fix: 'take a new key to submit the same again',
      });
    });
  };

  const insert = ({ model, profile, context, strict, priority = 'normal', input }: NewJob): Job => {
    const id = randomUUID();
    const created = clock();
    database.run(
      "INSERT INTO jobs (id, model, profile, context, strict, priority, state, attempts, created) VALUES (?, ?, ?, ?, ?, ?, 'queued', 0, ?)",
      [id, model, profile, context, strict ? 1 : 0, PRIORITIES.indexOf(priority), created],
    );
    database.run('INSERT INTO inputs (job, body) VALUES (?, ?)', [id, input]);
    return {
      id,
      model,
      profile,
      context,
      strict,
      priority,
      state: 'queued',
      attempts: 0,
      created,
      started: undefined,
      ended: undefined,
      result: undefined,
      error: undefined,
    };
  };

  return {
    recovered: abandoned.length,
    async submit(jobs, request) {
      return transaction(database, () => {
        const known = request && before(request);
        if (known) return { jobs: known, known: true };
        const waiting = unfinished();
        if (waiting + jobs.length > most)
          throw usage('ZK0916', {
            what: 'the queue is full',
            why: `${waiting} jobs wait or run, ${jobs.length} more are asked for, at most ${most} are taken`,
            fix: 'send the request again when jobs have finished',
          });
        const accepted = jobs.map(insert);
        if (request)
          database.run('INSERT INTO requests (key, hash, jobs, created) VALUES (?, ?, ?, ?)', [
            request.key,
            request.hash,
            JSON.stringify(accepted.map(({ id }) => id)),
            clock(),
          ]);
        return { jobs: accepted, known: false };
      });
    },
    async take() {
      return transaction(
        database,
        () => {
          const row = one(
            `SELECT id, model, profile, context, strict, priority, attempts, created, body FROM jobs JOIN inputs ON job = id
           WHERE seq = (SELECT seq FROM jobs WHERE state = 'queued' ORDER BY priority DESC, seq LIMIT 1)`,
          );
          if (!row) return undefined;
          const attempt = Number(row.attempts) + 1;
          database.run("UPDATE jobs SET state = 'running', attempts = ?, started = ? WHERE id = ?", [attempt, clock(), row.id!]);
          return {
            id: String(row.id),
            model: String(row.model),
            profile: String(row.profile),
            context: String(row.context),
            strict: row.strict === 1,
            priority: priorityOf(row),
            input: String(row.body),
            created: Number(row.created),
            attempt,
          };
        },
        false,
      ); // a job that is taken again after a power cut is the same job
    },
    finish: async (taken, result, outputs) => end('done', taken.id, still(taken), { result, outputs }),
    fail: async (taken, error) => end('failed', taken.id, still(taken), { error }),
    release: async (taken, otherwise) => release(taken, otherwise),
    cancel: async (id, error) => end('cancelled', id, "state IN ('queued', 'running')", { error }),
    async get(id) {
      const row = one(`SELECT ${COLUMNS} FROM jobs WHERE id = ?`, [id]);
      return row && jobOf(row);
    },
    async outputs(id) {
      const row = one('SELECT body FROM outputs WHERE job = ?', [id]);
      return row && String(row.body);
    },
    async list({ state, model, before: last, limit }) {
      const conditions = [
        ...(state === undefined ? [] : [['state = ?', state]]),
        ...(model === undefined ? [] : [['model = ?', model]]),
        ...(last === undefined ? [] : [['seq < (SELECT seq FROM jobs WHERE id = ?)', last]]),
      ];
      const where = conditions.length ? `WHERE ${conditions.map(([sql]) => sql).join(' AND ')}` : '';
      const values = [...conditions.map(([, value]) => value!), limit];
      return all(`SELECT ${COLUMNS} FROM jobs ${where} ORDER BY seq DESC LIMIT ?`, values).map(jobOf);
    },
    async counts() {
      const counted = new Map(all('SELECT state, count(*) AS n FROM jobs GROUP BY state').map(({ state, n }) => [state, Number(n)]));
      return Object.fromEntries(JOB_STATES.map((state) => [state, counted.get(state) ?? 0])) as Record<JobState, number>;
    },
    async waiting(model) {
      return Number(one("SELECT count(*) AS n FROM jobs WHERE model = ? AND state IN ('queued', 'running')", [model])?.n);
    },
    async remove(id) {
      return transaction(database, () => {
        const row = one('SELECT state, proof FROM jobs WHERE id = ?', [id]);
        if (!row || !hasEnded(row.state as JobState)) return undefined;
        database.run('DELETE FROM outputs WHERE job = ?', [id]);
        database.run('DELETE FROM jobs WHERE id = ?', [id]);
        if (row.proof === null) return undefined;
        return one('SELECT 1 FROM jobs WHERE proof = ? LIMIT 1', [row.proof!]) ? undefined : String(row.proof);
      });
    },
  };
}
