// Which files are joined to which: those that one door leads to, however far, and nobody else.
import { expect, test } from 'vitest';
import { doorsOf } from '../../bench/rooms.ts';

const doors = (graph: Record<string, string[]>, ...own: string[]): Record<string, string> =>
  Object.fromEntries(doorsOf(new Map(Object.entries(graph).map(([name, list]) => [name, new Set(list)])), new Set(own)));

test('what only one file leads to is joined to it, over other files too', () => {
  expect(doors({ 'main.js': ['a.js'], 'a.js': ['b.js', 'in/c.js'], 'b.js': ['in/c.js'], 'in/c.js': [] })).toEqual({
    'main.js': 'main.js',
    'a.js': 'main.js',
    'b.js': 'main.js',
    'in/c.js': 'main.js',
  });
});

test('what two doors lead to stays, and has a room of its own: a module must not be there twice', () => {
  expect(doors({ 'one.js': ['a.js'], 'two.js': ['b.js'], 'a.js': ['c.js'], 'b.js': ['c.js'], 'c.js': ['d.js'], 'd.js': [] })).toEqual({
    'one.js': 'one.js',
    'two.js': 'two.js',
    'a.js': 'one.js',
    'b.js': 'two.js',
    'c.js': 'c.js',
    'd.js': 'c.js',
  });
});

test('what is named a door stays, also where one file leads to it: it is imported later, or run', () => {
  expect(doors({ 'main.js': ['later.js', 'a.js'], 'later.js': ['a.js', 'b.js'], 'a.js': [], 'b.js': [] }, 'later.js')).toEqual({
    'main.js': 'main.js',
    'later.js': 'later.js',
    'a.js': 'a.js',
    'b.js': 'later.js',
  });
});
