// Threads that make pieces, whoever asks first: one that comes when all are at work waits for its turn. Source: workers.ts.
// Caveat: threads start in a second or more, and a piece waits for that too.
import type { Piece, PieceDone } from '../pieces.ts';
import { type Running, startWorkers, type WorkersOptions } from '../workers.ts';

export type MakePiece = (piece: Piece) => Promise<Running<PieceDone>>;

export interface Pool {
  make: MakePiece;
  close(): Promise<void>;
}

export function startPool(options: Omit<WorkersOptions, 'onIdle'>): Pool {
  const waiting: (() => void)[] = [];
  const threads = startWorkers({ ...options, onIdle: () => waiting.shift()?.() });
  return {
    async make(piece) {
      while (threads.idle() === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      return threads.make(piece);
    },
    close: () => threads.close(),
  };
}
