// `zkvm/worker`: a worker's script that hosts a prover. Import it in a worker, and talk to it with `connectProver` of `zkvm/prover`.
// Source: worker-messages.ts. Caveat: importing it is the whole use: it takes every message of its worker, so it needs one of its own.
import { ZkvmError } from '../../fri/core/errors.ts';
import { Model } from './model.ts';
import type { ProveOptions } from './prover-interface.ts';
import { type LocalProver, startLocalProver } from './proving.ts';
import { type Answer, type FromWorker, sentError, type ToWorker } from './worker-messages.ts';

interface Line {
  post(message: FromWorker, transfer?: ArrayBuffer[]): void;
  listen(listener: (message: ToWorker) => void): void;
  /** ends the worker */
  end(): void;
}

interface NodePort {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (message: ToWorker) => void): void;
  close(): void;
}
type WithBuiltins = { process?: { getBuiltinModule?: (name: string) => unknown } };

interface WorkerScope {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(event: 'message', listener: (event: { data: ToWorker }) => void): void;
  close(): void;
}

/** the line to whoever started this worker: of Node's worker_threads, or of a page */
function lineOut(): Line | undefined {
  const { process } = globalThis as WithBuiltins;
  const threads = process?.getBuiltinModule?.('node:worker_threads') as { parentPort: NodePort | null } | undefined;
  const port = threads?.parentPort;
  if (port)
    return {
      post: (message, transfer = []) => port.postMessage(message, transfer),
      listen: (listener) => port.on('message', listener),
      end: () => port.close(),
    };
  if (threads || typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope !== 'function') return undefined;
  const scope = globalThis as unknown as WorkerScope;
  return {
    post: (message, transfer = []) => scope.postMessage(message, transfer),
    listen: (listener) => scope.addEventListener('message', ({ data }) => listener(data)),
    end: () => scope.close(),
  };
}

function host(line: Line): void {
  const models = new Map<number, Model | unknown>();
  const running = new Map<number, AbortController>();
  let prover: LocalProver | undefined;

  /** a model that was sent; one that could not be read fails whoever asks for it */
  const modelOf = (number: number): Model => {
    const model = models.get(number);
    if (model instanceof Model) return model;
    throw model ?? new Error(`model ${number} was not sent`);
  };
  const started = (): LocalProver => {
    if (!prover) throw new ZkvmError('usage', 'ZK0625', { what: 'the prover has not started' });
    return prover;
  };
  const answer = async (id: number, work: (signal: AbortSignal) => Promise<Answer>): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const result = await work(controller.signal);
      const bytes = result && 'proof' in result ? result.proof.buffer : undefined;
      line.post({ kind: 'done', id, answer: result }, bytes instanceof ArrayBuffer ? [bytes] : []);
    } catch (error) {
      line.post({ kind: 'failed', id, error: sentError(error) });
    } finally {
      running.delete(id);
    }
  };
  const told = ({ backend, why }: LocalProver): { backend: string; why: string } => ({ backend, why });

  line.listen((message) => {
    switch (message.kind) {
      case 'start':
        return void answer(message.id, async (signal) => {
          prover = await startLocalProver({ ...message.options, signal });
          return told(prover);
        });
      case 'model':
        try {
          models.set(message.model, Model.load(message.bytes));
        } catch (error) {
          models.set(message.model, error);
        }
        return;
      case 'forget':
        models.delete(message.model);
        return;
      case 'prove': {
        const { id, model, inputs, options, progress } = message;
        return void answer(id, async (signal) => {
          const own: ProveOptions = {
            ...options,
            signal,
            ...(progress && { onProgress: (now) => line.post({ kind: 'progress', id, progress: now }) }),
          };
          const proved = await started().proveRounded(modelOf(model), inputs, own);
          line.post({ kind: 'backend', ...told(started()) });
          return proved;
        });
      }
      case 'prepare':
        return void answer(message.id, async (signal) => {
          await started().prepare(modelOf(message.model), { ...message.options, signal });
          return undefined;
        });
      case 'abort':
        return running.get(message.id)?.abort();
      case 'close':
        return void answer(message.id, async () => {
          await prover?.close();
          return undefined;
        }).then(() => line.end());
    }
  });
}

const line = lineOut();
if (line) host(line);
