// The worker's side: answers questions by name, tells of progress, hears an abort. Caveat: questions that come together are answered together;
// what must wait its turn waits inside its answer, as proofs do.
import { detailOf, isAbort } from './failure.ts';
import type { FromEngine, ToEngine } from './messages.ts';
import type { AnswerOf, AskOf, ToldOf } from './questions.ts';

export interface Answering<Told> {
  signal: AbortSignal;
  tell(told: Told): void;
}

/** how each question is answered */
export type Answers<Q> = { [K in keyof Q]: (ask: AskOf<Q, K>, answering: Answering<ToldOf<Q, K>>) => Promise<AnswerOf<Q, K>> };

interface WorkerScope {
  postMessage(message: FromEngine): void;
  addEventListener(event: 'message', listener: (event: { data: ToEngine }) => void): void;
}

export function host<Q>(answers: Answers<Q>): void {
  const scope = globalThis as unknown as WorkerScope;
  const running = new Map<number, AbortController>();
  const named = answers as Record<string, ((ask: unknown, answering: Answering<unknown>) => Promise<unknown>) | undefined>;

  async function answer(id: number, of: string, ask: unknown): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const question = named[of];
      if (!question) throw new Error(`nobody answers "${of}"`);
      const told = (now: unknown): void => scope.postMessage({ kind: 'told', id, told: now });
      scope.postMessage({ kind: 'done', id, answer: await question(ask, { signal: controller.signal, tell: told }) });
    } catch (error) {
      if (controller.signal.aborted || isAbort(error)) scope.postMessage({ kind: 'aborted', id });
      else scope.postMessage({ kind: 'failed', id, failure: detailOf(error) });
    } finally {
      running.delete(id);
    }
  }

  scope.addEventListener('message', ({ data }) => {
    if (data.kind === 'abort') running.get(data.id)?.abort();
    else void answer(data.id, data.of, data.ask);
  });
}
