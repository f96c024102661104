// The instance of a committed input: what the model's record says of it. Source: AIR.md §9 item 5. Caveat: it needs no run, so a verifier comes here
// and not to split.ts.
import type { Instance } from '../../air/machine.ts';
import { committedLogSize } from '../program/committed.ts';
import type { Region } from '../program/types.ts';
import { instanceOf, TYPE } from './machine.ts';

/** The instance of a committed input. @param page which of the statement's preprocessed roots is its own */
export const committedInstance = (region: Region, page: number): Instance => ({
  ...instanceOf(TYPE.words, committedLogSize(region)),
  base: region.address,
  page,
});
