// A trace as one page for a browser: the view "Trace" of web/, with the file in it, gzip in base64, which no text of the trace can end. Source: the template that
// `npm run build` makes (web/trace-page/build.ts); RFC 1952. Caveat: the page holds the whole run, inputs included: who gets it has them.
import { gzipSync } from 'node:zlib';
import { usage } from '../../fri/core/errors.ts';
import { formatCount } from '../io/terminal.ts';
import { escaped, templateOf } from './template.ts';

/** A browser opens this much in some seconds, and holds it three times: in the page and in two workers. */
const MOST_BYTES = 64e6;

/** @throws ZK0801 in a checkout that was not built */
export const traceTemplate = (folders?: readonly string[]): string => templateOf('trace', '--open', folders);

/** @throws ZK0804 for a trace that no page should hold */
export function requirePageable(bytes: number, where: string, most = MOST_BYTES): void {
  if (bytes <= most) return;
  throw usage('ZK0804', {
    what: 'the trace is too large for a page',
    where,
    why: `${formatCount(bytes)} bytes, at most ${formatCount(most)}`,
    fix: 'ask here (--step, --node, --why), or drop the file into the view Trace of the page that zkvm serve shows',
  });
}

/** The whole page. @param name of the model */
export function tracePage(template: string, name: string, trace: Uint8Array): Uint8Array {
  const packed = Buffer.from(gzipSync(trace)).toString('base64');
  return new TextEncoder().encode(template.replace('__TITLE__', () => `${escaped(name)}: trace`).replace('__TRACE__', () => packed));
}
