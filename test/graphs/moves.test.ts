// Random models of the family "moves", which cut, turn and join tensors, for `npm run test:graphs`.
import { test } from 'vitest';
import { checkFamily } from './graphs.ts';

test('500 random models of the family "moves"', () => {
  checkFamily('moves', 500);
});
