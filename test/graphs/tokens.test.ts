// Random models of the family "tokens", for `npm run test:graphs`.
import { test } from 'vitest';
import { checkFamily } from './graphs.ts';

test('350 random models of the family "tokens"', () => {
  checkFamily('tokens', 350);
});
