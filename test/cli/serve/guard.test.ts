// Who may ask: the key, pages of strangers, the rate. And bodies up to their limit.
import { expect, test } from 'vitest';
import { bodyReader } from '../../../cli/serve/body.ts';
import { isLoopback, keyGuard, rateGuard, requireOwnPage } from '../../../cli/serve/guard.ts';
import { statusOf } from '../../../cli/serve/status.ts';
import { usage, ZkvmError } from '../../../fri/core/errors.ts';
import { code } from '../../failure.ts';

test('the key opens, and nothing that is like it', () => {
  const guard = keyGuard('0123456789abcdef');
  expect(code(() => guard('Bearer 0123456789abcdef'))).toBe('accepted');
  expect(code(() => guard('bearer  0123456789abcdef '))).toBe('accepted');
  for (const wrong of [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer 0123456789abcdeF',
    'Bearer 0123456789abcdef0',
    'Basic 0123456789abcdef',
    '0123456789abcdef',
  ])
    expect(code(() => guard(wrong))).toBe('ZK0910');
});

test('without a key, names and pages of this machine alone may ask', () => {
  for (const [host, origin] of [
    ['127.0.0.1:8080', undefined],
    ['localhost', 'http://localhost:5173'],
    ['[::1]:8080', undefined],
    [undefined, undefined],
  ])
    expect(code(() => requireOwnPage(host, origin))).toBe('accepted');
  for (const [host, origin] of [
    ['rebound.example:8080', undefined],
    ['127.0.0.1:8080', 'https://page.example'],
    ['127.0.0.1.page.example', undefined],
    ['127.0.0.1', 'null'],
  ])
    expect(code(() => requireOwnPage(host, origin))).toBe('ZK0926');
  expect(['127.0.0.1', 'localhost', '::1'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '10.0.0.1', 'localhost.example'].some(isLoopback)).toBe(false);
});

test('an address gets twice its rate at once, then its rate; others are not touched', () => {
  let now = 0;
  const guard = rateGuard(10, () => now);
  const taken = (address: string): number => {
    let count = 0;
    while (code(() => guard(address)) === 'accepted') count++;
    return count;
  };
  expect(taken('a')).toBe(20);
  expect(taken('b')).toBe(20);
  now += 500;
  expect(taken('a')).toBe(5);
  const none = rateGuard(0, () => now);
  for (let i = 0; i < 100; i++) none('a');
});

const requestOf = (chunks: number, bytes: number, headers: Record<string, string> = {}): { request: Request; pulled: () => number } => {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (pulled === chunks) return controller.close();
      pulled++;
      controller.enqueue(new Uint8Array(bytes).fill(pulled));
    },
  });
  return { request: new Request('http://x/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit), pulled: () => pulled };
};
const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    (error: unknown) => (error as ZkvmError).code,
  );

test('a body is read to its end, up to the limit and not beyond', async () => {
  const read = bodyReader(1000);
  expect([...(await read(requestOf(2, 2).request, 4, 'max-body'))]).toEqual([1, 1, 2, 2]);
  const large = requestOf(1000, 10);
  expect(await refusal(read(large.request, 95, 'max-body'))).toBe('ZK0913');
  expect(large.pulled()).toBeLessThan(20);
  const announced = requestOf(1000, 10, { 'content-length': '10000' });
  expect(await refusal(read(announced.request, 95, 'max-body'))).toBe('ZK0913');
  expect(announced.pulled()).toBeLessThan(2);
});

test('a body whose client leaves is refused, and its part of the budget is given back', async () => {
  const read = bodyReader(100);
  const left = (): Request => {
    const chunks = [new Uint8Array(60)];
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = chunks.pop();
        if (!chunk) throw new Error('aborted');
        controller.enqueue(chunk);
      },
    });
    return new Request('http://x/', { method: 'POST', body, duplex: 'half' } as RequestInit);
  };
  for (let i = 0; i < 3; i++) expect(await refusal(read(left(), 80, 'max-body'))).toBe('ZK0914');
});

test('bodies that are read at a time share a budget, which is given back', async () => {
  const read = bodyReader(100);
  expect((await Promise.all([1, 2, 3].map(() => refusal(read(requestOf(6, 10).request, 80, 'max-body'))))).sort()).toContain('ZK0925');
  expect(await refusal(read(requestOf(8, 10).request, 80, 'max-body'))).toBe('accepted');
});

test('statuses follow from the kind, and from the code where it says more', () => {
  expect(statusOf(usage('ZK0810', { what: '' }))).toBe(422);
  expect(statusOf(usage('ZK0806', { what: '' }))).toBe(400);
  expect(statusOf(usage('ZK0910', { what: '' }))).toBe(401);
  expect(statusOf(new ZkvmError('unsupported', 'ZK0512', { what: '' }))).toBe(422);
  expect(statusOf(new ZkvmError('backend', 'ZK0620', { what: '' }))).toBe(503);
  expect(statusOf(new ZkvmError('bug', 'ZK0001', { what: '' }))).toBe(500);
});
