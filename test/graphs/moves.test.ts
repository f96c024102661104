import { test } from 'vitest';
import { checkFamily } from './graphs.ts';

test('500 random models of the family "moves"', () => {
  checkFamily('moves', 500);
});
