// An error of the chain with what helps in this page: the library's own advice is for the command line. Source: docs/ERRORS.md. Caveat: a code without words of
// its own keeps the library's.
import { detailOf, Failure } from '../../engine/failure.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { CHAIN_TEXT } from '../../text-chain.ts';

/** what the verifier refuses, in the contract or here */
const REJECTED = /^ZK0[1-4]\d\d$/;

export function ChainNote({ error, heading }: { error: unknown; heading?: string }) {
  const detail = detailOf(error);
  const { code = '' } = detail;
  const fix = CHAIN_TEXT.fixes[code] ?? (detail.kind === 'chain' && REJECTED.test(code) ? CHAIN_TEXT.rejectedFix : detail.fix);
  return <ErrorNote error={new Failure({ ...detail, fix })} {...(heading !== undefined && { heading })} />;
}
