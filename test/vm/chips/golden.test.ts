// Every chip says what it said: the digest of its recorded component (columns, nodes in order, labels, masks, fractions) is written down, so
// that a chip that was meant to be written in other words shows here if it says something else.
// Caveat: who changes a constraint on purpose renews the table (`ZKVM_GOLDEN=write`), with the AIR hash in proofs.json, and says so in the commit.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { componentDigest } from '../../../air/component.ts';
import type { Component } from '../../../air/recorded.ts';
import { MACHINE } from '../../../vm/chips/machine.ts';

const FILE = path.join(import.meta.dirname, '../../golden/chips.json');
const digests = (components: readonly Component[]): Record<string, string> =>
  Object.fromEntries(components.map((component) => [component.name, componentDigest(component)]));

if (process.env.ZKVM_GOLDEN === 'write') fs.writeFileSync(FILE, `${JSON.stringify(digests(MACHINE.components), null, 2)}\n`);
const GOLDEN = JSON.parse(fs.readFileSync(FILE, 'utf8')) as Record<string, string>;

test('the recorded component of every chip is the one that is written down', () => {
  expect(digests(MACHINE.components), 'if the change is meant: ZKVM_GOLDEN=write npx vitest run test/vm/chips/golden.test.ts').toEqual(
    GOLDEN,
  );
});

test.each(MACHINE.components.map((component) => [component.name, component] as const))(
  '%s: another order of two nodes, another label or another mask is noticed',
  (name, component) => {
    const { graph, constraints, twoPoint } = component;
    const at = graph.nodes.length - 2;
    const swapped = [...graph.nodes.slice(0, at), graph.nodes[at + 1]!, graph.nodes[at]!];
    const changes: Component[] = [
      { ...component, graph: { ...graph, nodes: swapped } },
      { ...component, constraints: constraints.map((c, i) => (i === 0 ? { ...c, label: `${c.label}.` } : c)) },
      { ...component, twoPoint: { ...twoPoint, interaction: [...twoPoint.interaction, 9] } },
    ];
    for (const changed of changes) expect(componentDigest(changed)).not.toBe(GOLDEN[name]);
  },
);
