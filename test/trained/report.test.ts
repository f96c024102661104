// The rules of the table of trained models: each has a report that breaks it. The models themselves need Python, and run in `npm run test:models`.
import { describe, expect, test } from 'vitest';
import { complaints, type Report, reportText, summary, totalsOf } from './report.ts';
import type { Outcome } from './run-model.ts';

const outcome = (change: Partial<Outcome> = {}): Outcome => ({
  source: 'scikit-learn',
  compileMs: 12.3456,
  cells: 1_234_567,
  fresh: 200,
  refusals: 0,
  flips: 0,
  silentFlips: 0,
  cautions: 3,
  off: 0,
  silent: 0,
  error: 0.001234,
  channelError: 0.002345,
  ...change,
});
const good: Report = {
  iris_tree: outcome(),
  iris_logistic: outcome({ off: 1, flips: 1 }),
  net_gpt: outcome({ refused: 'ZK0512: a mask' }),
};

describe('the report of trained models', () => {
  test('is taken where nothing is worse', () => expect(complaints(good, good)).toEqual([]));

  test.each<[string, Report, RegExp]>([
    ['a label of a tree', { ...good, iris_tree: outcome({ flips: 1 }) }, /^iris_tree: 1 labels/],
    [
      'a model that compiled',
      { ...good, iris_logistic: outcome({ refused: 'ZK0533: too far' }) },
      /^compiled before: iris_logistic: ZK0533/,
    ],
    ['too many wrong answers', { ...good, iris_logistic: outcome({ off: 3 }) }, /^3 of 400 accepted fresh inputs/],
    ['a model that is gone', { iris_tree: outcome() }, /^not there any more: iris_logistic/],
  ])('complains about %s', (_, report, text) => expect(complaints(report, good)[0]).toMatch(text));

  test('refused inputs count neither as right nor as wrong', () => {
    expect(totalsOf({ a: outcome({ refusals: 150, off: 1 }) })).toMatchObject({ accepted: 50, refusals: 150, off: 1 });
    expect(complaints({ a: outcome({ refusals: 150, off: 1 }) }, {})).toHaveLength(1);
    expect(complaints({ a: outcome({ off: 1 }) }, {})).toEqual([]);
  });

  test('has one line a model, without times, and a row for people', () => {
    const text = reportText(good);
    expect(text.split('\n').filter((line) => line.startsWith('"'))).toHaveLength(3);
    expect(text).not.toContain('compileMs');
    expect(JSON.parse(text).iris_tree).toMatchObject({ error: 0.0012, cells: 1_234_567 });
    expect(summary(good)).toContain('2 of 3 models compile');
    expect(summary(good)).toContain('| iris_tree | scikit-learn | 1.23 M | 200 | 0 | 0 (0) | 0 (0) | 3 | 0.12 %, 0.23 % |');
  });
});
