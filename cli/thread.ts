// Runs a command in a thread of its own, so that this one can serve signals at any moment: most of a command's work never lets the event
// loop turn. Source: node:worker_threads. Caveat: a thread that sits in a system call (a pipe that nobody reads) cannot be ended from outside,
// and a native driver breaks when its thread is; the process then ends by the signal itself, which a shell reports as the same 130 or 143.
import { Worker } from 'node:worker_threads';
import { ZkvmError } from '../fri/core/errors.ts';
import type { CommandName } from './commands.ts';
import { reportError } from './io/error-text.ts';
import { removeFiles } from './io/files.ts';
import type { Report } from './io/owner.ts';
import { processTerminal, type Talk } from './io/terminal.ts';

/** what the thread is told */
export interface Task {
  name: CommandName;
  args: unknown;
  json: boolean;
  talk: Talk;
  standardInput: Uint8Array | undefined;
}

/** how long a thread may take to end when it is told to */
const PATIENCE_MS = 600;
/** a process that is the first of a container does not end by a signal that nobody serves */
const FIRST_PROCESS_MS = 100;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
export type Signal = (typeof SIGNALS)[number];

export const interruption = (signal: Signal): ZkvmError =>
  signal === 'SIGINT'
    ? new ZkvmError('interrupted', 'ZK0830', { what: 'interrupted', why: signal })
    : new ZkvmError('terminated', 'ZK0831', { what: 'terminated', why: signal });

/** From now on SIGINT and SIGTERM end the process with 130 and 143; `before` clears up. @returns what ends that */
export function serveSignals(json: boolean, talk: Talk, before: () => Promise<boolean> = async () => true): () => void {
  let served = false;
  const handlers = SIGNALS.map((signal) => {
    const handler = async (): Promise<void> => {
      if (served) return;
      served = true;
      const ended = await before();
      const code = reportError(processTerminal(talk), interruption(signal), json);
      if (ended) process.exit(code);
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
      setTimeout(() => process.exit(code), FIRST_PROCESS_MS);
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return () => {
    for (const off of handlers) off();
  };
}

/** The thread's file: the built one as it is, the TypeScript source through the loader of the `zkvm` script, which is each thread's own. */
function startThread(task: Task): Worker {
  const own = import.meta.url;
  if (!own.endsWith('.ts')) return new Worker(new URL('./command-thread.js', own), { workerData: task });
  const loader = import.meta.resolve('tsx/esm/api');
  const file = new URL('./command-thread.ts', own).href;
  return new Worker(`import('${loader}').then(({ register }) => { register(); return import('${file}'); });`, {
    eval: true,
    execArgv: [],
    workerData: task,
  });
}

/** Runs a command in a thread of its own. @returns its exit code */
export async function runInThread(task: Task): Promise<number> {
  const worker = startThread(task);
  const temporary = new Set<string>();
  let native = false;
  const over = new Promise<number>((resolve) => {
    let code: number | undefined;
    worker.on('message', (report: Report) => {
      if ('code' in report) code = report.code;
      else if ('native' in report) native = report.native;
      else if (report.exists) temporary.add(report.file);
      else temporary.delete(report.file);
    });
    worker.on('error', (error) => {
      removeFiles(temporary);
      code = reportError(processTerminal(task.talk), asMemory(error), task.json);
    });
    worker.on('exit', (status) => resolve(code ?? status));
  });
  const settled = serveSignals(task.json, task.talk, async () => {
    const ended =
      !native &&
      (await Promise.race([
        worker.terminate().then(() => true),
        new Promise<boolean>((resolve) => setTimeout(() => resolve(false), PATIENCE_MS)),
      ]));
    removeFiles(temporary);
    return ended;
  });
  const code = await over;
  settled();
  return code;
}

/** a thread without memory ends with an error of Node's, which is no bug of ours */
const asMemory = (error: Error & { code?: string }): Error =>
  error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new RangeError(`heap: ${error.message}`) : error;
