// Which files of a room are joined to its door: those that nobody else leads to, however far.
import { expect, test } from 'vitest';
import { joinable } from '../../bench/rooms.ts';

const imports = (graph: Record<string, string[]>): Map<string, Set<string>> =>
  new Map(Object.entries(graph).map(([name, list]) => [name, new Set(list)]));

test('what only the door leads to is joined', () => {
  const graph = imports({ 'room/door.js': ['room/a.js'], 'room/a.js': ['room/b.js'], 'room/b.js': ['other/c.js'], 'other/c.js': [] });
  expect([...joinable(graph, 'room/door.js', 'room')]).toEqual(['room/a.js', 'room/b.js']);
});

test('what somebody else imports stays, with all that it leads to: a module must not be there twice', () => {
  const graph = imports({
    'room/door.js': ['room/a.js', 'room/b.js', 'room/d.js'],
    'room/a.js': ['room/b.js'],
    'room/b.js': ['room/c.js'],
    'room/c.js': [],
    'room/d.js': [],
    'other/e.js': ['room/b.js'],
  });
  expect([...joinable(graph, 'room/door.js', 'room')]).toEqual(['room/a.js', 'room/d.js']);
});
