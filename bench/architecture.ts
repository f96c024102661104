// docs/ARCHITECTURE.md: floors, rooms and the imports between them as a picture (Mermaid), from the sources. Written by `npm run gen`; a test
// holds the page against it. Caveat: an arrow says that some file imports some other one, types included, not how much.
import { FLOORS, floorOf, importsOf, ROOMS, readSources, roomOf, type Sources } from './imports.ts';

export const ARCHITECTURE_PAGE = 'docs/ARCHITECTURE.md';

/** what a floor is for, and its rooms; the order is that of the page */
const ABOUT: Readonly<Record<string, string>> = {
  cli: 'commands, their files and terminal, pages',
  compiler: 'ONNX to a program',
  contracts: 'the verifier on Starknet and its tools',
  vm: 'the machine: programs, runs, chips, statements, files',
  gpu: 'backends: WASM and WebGPU',
  air: 'constraint language, prover, verifier, row check',
  fri: 'fields, hash, commitments, the backend seam and its reference',
};

/** The room that a file stands in, `vm/chips`, or its top folder. */
function roomNameOf(file: string): string {
  const room = roomOf(file);
  if (!room) return file.split('/')[0]!;
  return room.room === '.' ? room.top : `${room.top}/${room.room}`;
}

const idOf = (room: string): string => room.replaceAll('/', '_');

interface Arrow {
  from: string;
  to: string;
  /** imports behind the arrow */
  imports: number;
}

/** Imports between rooms, between floors where they leave one: arrows that a reader can follow. */
function arrowsOf(sources: Sources): Arrow[] {
  const arrows = new Map<string, Arrow>();
  for (const [file, text] of sources)
    for (const { to, relative } of importsOf(file, text)) {
      const [ownTop, otherTop] = [file.split('/')[0]!, to.split('/')[0]!];
      if (!relative || !ABOUT[ownTop] || !ABOUT[otherTop]) continue;
      const [from, target] = ownTop === otherTop ? [roomNameOf(file), roomNameOf(to)] : [ownTop, otherTop];
      if (from === target) continue;
      const arrow = arrows.get(`${from} ${target}`) ?? { from, to: target, imports: 0 };
      arrow.imports++;
      arrows.set(`${from} ${target}`, arrow);
    }
  return [...arrows.values()].sort((a, b) => (a.from + a.to < b.from + b.to ? -1 : 1));
}

const mermaid = (lines: readonly string[]): string => ['```mermaid', 'flowchart TD', ...lines.map((line) => `  ${line}`), '```'].join('\n');

/** An arrow that other arrows already spell out step by step says nothing new: `a → c` beside `a → b → c`. */
function withoutShortcuts(arrows: readonly Arrow[]): Arrow[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of arrows) next.set(from, [...(next.get(from) ?? []), to]);
  const reaches = (from: string, to: string): boolean => (next.get(from) ?? []).some((step) => step === to || reaches(step, to));
  return arrows.filter(({ from, to }) => !(next.get(from) ?? []).some((step) => step !== to && reaches(step, to)));
}

/** The page for these sources. */
export function architecturePage(sources: Sources = readSources()): string {
  const arrows = arrowsOf(sources);
  const tops = Object.keys(ABOUT);
  const inUse = new Set([...sources.keys()].map(roomNameOf));
  const floors = mermaid([
    ...tops.map((top) => `${top}["${floorOf(`${top}/`)} ${top}<br>${ABOUT[top]}"]`),
    ...withoutShortcuts(
      arrows.filter(({ from, to }) => tops.includes(from) && tops.includes(to) && !from.includes('/') && from !== to),
    ).map(({ from, to }) => `${from} --> ${to}`),
  ]);
  const chapters = tops
    .filter((top) => ROOMS[top])
    .map((top) => {
      const listed = ROOMS[top]!.map((room) => (room === '.' ? top : `${top}/${room}`));
      const others = [...inUse].filter((room) => room.startsWith(`${top}/`) && !listed.includes(room)).sort();
      const rooms = [top, ...listed.flatMap((room) => (room === `${top}/*` ? others : room === top ? [] : [room]))].filter((room) =>
        inUse.has(room),
      );
      const inside = withoutShortcuts(
        arrows.filter(({ from, to }) => from.startsWith(top) && to.startsWith(top) && rooms.includes(from) && rooms.includes(to)),
      );
      const lines = rooms.map((room) => `${idOf(room)}["${room === top ? `${top}/*.ts` : room}"]`);
      return `## ${top}\n${mermaid([...lines, ...inside.map(({ from, to }) => `${idOf(from)} --> ${idOf(to)}`)])}`;
    });
  return `# Architecture
Imports go down only: down the floors, and inside a floor down its rooms (folders). \`test/floors.test.ts\` enforces both, and that no files import
each other in a circle, not even for types. The pictures are drawn from the import statements by \`npm run gen\`; an arrow that follows from
others is left out. \`test\` and \`bench\` (floor ${FLOORS.at(-1)![1]}) see everything and are seen by nobody. What lies in a folder is told in its README.

${floors}

${chapters.join('\n\n')}
`;
}
