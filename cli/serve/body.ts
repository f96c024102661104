// Bodies of requests, read up to a limit: what says that it is larger is refused before a byte is read, what turns out to be is refused there.
// Source: RFC 9110, "413 Content Too Large". Caveat: all bodies that are being read share one budget, so that many large ones at a time do not take the memory.
import { usage, type ZkvmError } from '../../fri/core/errors.ts';

const megabytes = (bytes: number): string => `${bytes / 1e6} MB`;

const tooLarge = (limit: number, option: string): ZkvmError =>
  usage('ZK0913', {
    what: 'the request is too large',
    why: `at most ${megabytes(limit)} are taken here`,
    fix: `send less, or start the service with a larger --${option}`,
  });

/** the connection ended, or stood still for too long: nobody reads the answer, and nothing here is wrong */
const cutOff = (cause: unknown): never => {
  throw usage('ZK0914', {
    what: 'the body ended before it was whole',
    why: 'the client left, or sent too slowly',
    fix: 'send it again',
    cause,
  });
};

export type BodyReader = (request: Request, limit: number, option: string) => Promise<Uint8Array<ArrayBuffer>>;

/** @param budget bytes of all bodies that are being read at a time */
export function bodyReader(budget: number): BodyReader {
  let reading = 0;
  return async (request, limit, option) => {
    const announced = Number(request.headers.get('content-length') ?? 0);
    if (announced > limit) throw tooLarge(limit, option);
    const chunks: Uint8Array[] = [];
    let length = 0;
    const reader = request.body?.getReader();
    try {
      for (;;) {
        const { done, value } = (await reader?.read().catch(cutOff)) ?? { done: true, value: undefined };
        if (done || !value) break;
        length += value.length;
        reading += value.length;
        if (length > limit) throw tooLarge(limit, option);
        if (reading > budget)
          throw usage('ZK0925', {
            what: 'too many large requests at a time',
            why: `${megabytes(budget)} are being read`,
            fix: 'try again in a moment',
          });
        chunks.push(value);
      }
    } catch (error) {
      // not waited for: a client that goes on sending would never let it end
      reader?.cancel().catch(() => {});
      throw error;
    } finally {
      reading -= length;
    }
    const all = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  };
}
