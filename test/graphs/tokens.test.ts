import { test } from 'vitest';
import { checkFamily } from './graphs.ts';

test('350 random models of the family "tokens"', () => {
  checkFamily('tokens', 350);
});
