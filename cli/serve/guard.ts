// Who may ask, and how often: the key, compared in constant time; pages of strangers, where there is no key; a bucket of requests for each address.
// Source: RFC 6750; the token bucket of RFC 2697. Caveat: behind a proxy all requests come from one address, so the rate is set there, and 0 here.
import { createHash, timingSafeEqual } from 'node:crypto';
import { usage } from '../../fri/core/errors.ts';

const digestOf = (text: string): Uint8Array => createHash('sha256').update(text).digest();

/** @returns what throws ZK0910 unless a request's Authorization header holds the key */
export function keyGuard(key: string): (authorization: string | undefined) => void {
  const wanted = digestOf(key);
  return (authorization) => {
    const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    // hashes are equally long, whatever was sent
    if (timingSafeEqual(digestOf(given ?? ''), wanted) && given !== undefined) return;
    throw usage('ZK0910', {
      what: given === undefined ? 'the API key is missing' : 'the API key is wrong',
      fix: 'send the header `Authorization: Bearer KEY` with the key that the service was started with (ZKVM_API_KEY)',
    });
  };
}

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/** Whether an address is of this machine alone. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host) || host === '::1';

/**
 * Without a key anything on this machine may ask, a browser too: not for a page from elsewhere, nor for a name that leads here.
 * @throws ZK0926
 */
export function requireOwnPage(host: string | undefined, origin: string | undefined): void {
  const own = (text: string): boolean => LOOPBACK.test(text);
  const originHost = origin?.replace(/^https?:\/\//, '');
  if ((host === undefined || own(host)) && (originHost === undefined || own(originHost))) return;
  throw usage('ZK0926', {
    what: 'the request comes from a page or a name of somebody else',
    where: JSON.stringify((origin ?? host ?? '').slice(0, 80)),
    fix: 'set ZKVM_API_KEY when the service is started, and send the key',
  });
}

/** addresses that are remembered */
const MOST_ADDRESSES = 10_000;

/**
 * @param rate requests a second from one address, twice as many at once; 0: no limit
 * @returns what throws ZK0915, and says after how many seconds to come back
 */
export function rateGuard(rate: number, clock: () => number = () => performance.now()): (address: string) => void {
  const most = 2 * rate;
  const buckets = new Map<string, { left: number; at: number }>();
  return (address) => {
    if (rate === 0) return;
    const now = clock();
    const { left, at } = buckets.get(address) ?? { left: most, at: now };
    const filled = Math.min(most, left + ((now - at) / 1000) * rate);
    buckets.delete(address); // the last one asked stands last
    buckets.set(address, { left: Math.max(0, filled - 1), at: now });
    if (buckets.size > MOST_ADDRESSES) buckets.delete(buckets.keys().next().value!);
    if (filled >= 1) return;
    throw usage('ZK0915', { what: 'too many requests', why: `${rate} a second are taken from one address`, fix: 'wait a second' });
  };
}
