// Random models of the family "signals", for `npm run test:graphs`.
import { test } from 'vitest';
import { checkFamily } from './graphs.ts';

test('500 random models of the family "signals"', () => {
  checkFamily('signals', 500);
});
