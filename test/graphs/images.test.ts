// Random convolutional models of the family "images", for `npm run test:graphs`.
import { test } from 'vitest';
import { checkFamily } from './graphs.ts';

test('700 random models of the family "images"', () => {
  checkFamily('images', 700);
});
