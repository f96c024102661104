// What page and test agree on. Caveat: the profile is as weak as `test`, but with work in every place, so that grinding is compared too.
import { PROFILES } from '../../fri/profile.ts';

export const BROWSER_PROFILE = { ...PROFILES.test, queries: 8, work: { query: 6, interaction: 5, deep: 4, fold: 3 } };

/** what a page found */
export interface BrowserAnswer {
  isolated: boolean;
  /** ran in a worker, not on the page's own thread */
  worker: boolean;
  backend: string;
  why: string;
  /** `refusal`: kind of the error that a proof with one flipped bit gets */
  cases: { name: string; ms: number; refusal: string }[];
}
