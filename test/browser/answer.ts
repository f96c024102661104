// What a page posts to the test that opened it. Caveat: types only; proofs travel on their own.
import type { PhaseDigest } from '../conformance/phases.ts';

interface CaseAnswer {
  name: string;
  ms: number;
  /** what the page's own verifier says to the proof: `accepted`, or the kind of its error */
  verdict: string;
  /** the same with one bit flipped */
  refusal: string;
  /** what each step made */
  phases: PhaseDigest[];
}

/** what a page found */
export interface BrowserAnswer {
  isolated: boolean;
  /** ran in a worker, not on the page's own thread */
  worker: boolean;
  backend: string;
  why: string;
  cases: CaseAnswer[];
}
