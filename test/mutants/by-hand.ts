// Mutants that the rules of generate.ts cannot say: a message that prover and verifier both leave out, a value that is drawn from fewer,
// two things exchanged. Source: reviews of the verifier. Caveat: each text must stand exactly once in its file, else main.ts refuses it.

export interface ByHand {
  /** what is weakened, one sentence */
  what: string;
  /** file, text, what stands there instead */
  edits: readonly (readonly [file: string, find: string, instead: string])[];
}

const [PROVE, VERIFY, TRANSCRIPT, CHANNEL] = [
  'air/shard-steps.ts',
  'air/verify-shard.ts',
  'air/transcript.ts',
  'fri/core/channel.ts',
] as const;
const VERIFY_ALL = 'air/verify.ts';

/** the same message left out on both sides */
const both = (what: string, proves: string, verifies: string, instead = ''): ByHand => ({
  what,
  edits: [
    [VERIFY, verifies, instead],
    [PROVE, proves, instead],
  ],
});
const one = (what: string, file: string, find: string, instead: string): ByHand => ({ what, edits: [[file, find, instead]] });

export const BY_HAND: readonly ByHand[] = [
  both(
    'neither side absorbs the interaction root',
    'channel.absorb(TAG.INTERACTION, tree.root);',
    'channel.absorb(TAG.INTERACTION, interactionRoot);',
  ),
  both('neither side absorbs the claimed sum', 'channel.absorb(TAG.SUM, claimed);', 'channel.absorb(TAG.SUM, sum);'),
  both(
    'neither side absorbs the composition root',
    'channel.absorb(TAG.COMPOSITION, tree.root);',
    'channel.absorb(TAG.COMPOSITION, compositionRoot);',
  ),
  both('neither side absorbs the samples', 'channel.absorb(TAG.SAMPLES, samples);', 'channel.absorb(TAG.SAMPLES, sampleWords);'),
  both('neither side absorbs the roots of the FRI layers', 'channel.absorb(TAG.FRI, tree.root);', 'channel.absorb(TAG.FRI, root);'),
  both('neither side absorbs the last layer', 'channel.absorb(TAG.LAST, last.flat());', 'channel.absorb(TAG.LAST, last.flat());'),
  {
    what: 'neither side absorbs the number of the shard',
    edits: [
      [VERIFY, 'channel.absorb(TAG.SHARD, [shard.index]);', ''],
      ['air/prove-shard.ts', 'channel.absorb(TAG.SHARD, [index]);', ''],
    ],
  },
  {
    what: 'neither side absorbs the base roots',
    edits: [['air/transcript.ts', 'channel.absorb(TAG.BASE, roots(list))', 'channel.absorb(TAG.BASE, [list.length])']],
  },
  {
    what: 'only the first base root is absorbed',
    edits: [['air/transcript.ts', 'channel.absorb(TAG.BASE, roots(list))', 'channel.absorb(TAG.BASE, roots(list.slice(0, 1)))']],
  },
  one(
    'only the sum of the last shard counts',
    VERIFY_ALL,
    'total = Q.add(total, verifyOne(',
    'total = Q.add(opened.publicTotal, verifyOne(',
  ),
  one('a page may stand in two shards', VERIFY_ALL, 'if (homes.has(page)) throw', 'if (homes.size > 99) throw'),
  one('a page may be missing', VERIFY_ALL, 'homes.size !== count ||', 'homes.size > count ||'),
  one('shards are verified on one transcript', VERIFY, 'shard.common.fork()', 'shard.common'),
  both(
    'both sides absorb half of the last layer',
    'channel.absorb(TAG.LAST, last.flat());',
    'channel.absorb(TAG.LAST, last.flat());',
    'channel.absorb(TAG.LAST, last.flat().slice(64));',
  ),
  both(
    'both sides absorb the samples of z only',
    'channel.absorb(TAG.SAMPLES, samples);',
    'channel.absorb(TAG.SAMPLES, sampleWords);',
    'channel.absorb(TAG.SAMPLES, [0]);',
  ),
  both(
    'the point is drawn from the state before the composition root',
    'channel.absorb(TAG.COMPOSITION, tree.root);',
    'channel.absorb(TAG.COMPOSITION, compositionRoot);',
    'channel.absorb(TAG.COMPOSITION, [0, 0, 0, 0, 0, 0, 0, 0]);',
  ),
  {
    what: 'neither side absorbs a nonce',
    edits: [
      [CHANNEL, '    this.absorb(tag, nonce);\n', ''],
      [PROVE, '  channel.absorb(tag, nonce);\n', ''],
    ],
  },
  one('no proof of work is checked', CHANNEL, 'if (!isWork(this.#digest, bits, nonce)) throw', 'if (bits > 99) throw'),
  one(
    'the work before the interaction is read, not checked',
    VERIFY_ALL,
    "common.verifyWork(TAG.INTERACTION_WORK, profile.work.interaction, proof.nonce('interaction'), 'interaction')",
    "common.absorb(TAG.INTERACTION_WORK, proof.nonce('interaction'))",
  ),
  one(
    'the work before DEEP is read, not checked',
    VERIFY,
    "absorbWork(channel, TAG.DEEP_WORK, profile.work.deep, 'deep')",
    "channel.absorb(TAG.DEEP_WORK, proof.nonce('deep'))",
  ),
  {
    what: 'no work before a fold on either side',
    edits: [
      [VERIFY, 'TAG.FOLD_WORK, profile.work.fold', 'TAG.FOLD_WORK, 0'],
      [PROVE, 'TAG.FOLD_WORK, profile.work.fold', 'TAG.FOLD_WORK, 0'],
    ],
  },
  one(
    'the work before the queries is read, not checked',
    VERIFY,
    "absorbWork(channel, TAG.QUERY_WORK, profile.work.query, 'query')",
    "channel.absorb(TAG.QUERY_WORK, proof.nonce('query'))",
  ),
  one(
    'the work before the queries is that before a fold',
    VERIFY,
    'TAG.QUERY_WORK, profile.work.query',
    'TAG.QUERY_WORK, profile.work.fold',
  ),

  one('the version is not absorbed', TRANSCRIPT, '  channel.absorb(TAG.VERSION, [PROTOCOL_VERSION]);\n', ''),
  one('the version is absorbed as 1', TRANSCRIPT, 'channel.absorb(TAG.VERSION, [PROTOCOL_VERSION])', 'channel.absorb(TAG.VERSION, [1])'),
  one('the inputs are absorbed twice, the outputs never', TRANSCRIPT, 'withLengths(statement.outputs)', 'withLengths(statement.inputs)'),
  one('the tensors are absorbed without their lengths', TRANSCRIPT, '    words[at] = list.length;\n', ''),
  one('the number of tensors is not absorbed', TRANSCRIPT, '  words[0] = lists.length;\n', ''),
  one(
    'the context is absorbed without its length',
    TRANSCRIPT,
    'bytesToWords(statement.context)',
    'bytesToWords(statement.context).subarray(1)',
  ),
  one(
    'the number of roots is not absorbed',
    TRANSCRIPT,
    '[list.length, ...list.flatMap((root) => [...root])]',
    '[0, ...list.flatMap((root) => [...root])]',
  ),
  one('seven words of a root are absorbed', TRANSCRIPT, 'list.flatMap((root) => [...root])', 'list.flatMap((root) => [...root].slice(1))'),
  one('γ is z', TRANSCRIPT, 'const gamma = channel.drawFelt();', 'const gamma = z;'),
  one('ζ is γ', TRANSCRIPT, 'const zeta = channel.drawFelt();', 'const zeta = gamma;'),
  one('β is α', TRANSCRIPT, 'const beta = channel.drawFelt();', 'const beta = alpha;'),
  one('z and γ are exchanged', TRANSCRIPT, 'return { z, gamma, zeta, alpha, beta };', 'return { z: gamma, gamma: z, zeta, alpha, beta };'),
  one(
    'the out-of-domain point comes from the base field',
    TRANSCRIPT,
    'pointFromParameter(channel.drawFelt())',
    'pointFromParameter([channel.drawFelt()[0], 0, 0, 1])',
  ),

  one('positions are even', CHANNEL, 'block[i]! & (2 ** bits - 1)', 'block[i]! & (2 ** bits - 2)'),
  one('positions lie in the lower half', CHANNEL, 'block[i]! & (2 ** bits - 1)', 'block[i]! & (2 ** (bits - 1) - 1)'),
  one('every word of a block is its first', CHANNEL, 'block[i]! & (2 ** bits - 1)', 'block[0]! & (2 ** bits - 1)'),
  one('a drawn element has two equal coordinates', CHANNEL, '[a % P, b % P, c % P, d % P]', '[a % P, b % P, c % P, c % P]'),
  one('a drawn element lies in the base field', CHANNEL, '[a % P, b % P, c % P, d % P]', '[a % P, 0, 0, 0]'),
  one('draws are from 31 bits, so 0 is likelier', CHANNEL, 'const DRAW_LIMIT = 2 * P;', 'const DRAW_LIMIT = 2 ** 32;'),
  one('every draw of a state is the same', CHANNEL, 'message[8] = this.#counter++;', 'message[8] = 0;'),
  one('an absorbed message forgets what was before', CHANNEL, 'message.set(this.#digest);\n    message[8] = tag;', 'message[8] = tag;'),
  one('tags are not absorbed', CHANNEL, '    message[8] = tag;\n', ''),
  one('word counts are not absorbed', CHANNEL, '    message[9] = words.length;\n', ''),
  one(
    'absorbing goes on with the counter',
    CHANNEL,
    '    this.#digest = hash(PURPOSE.CHAIN, message);\n    this.#counter = 0;',
    '    this.#digest = hash(PURPOSE.CHAIN, message);',
  ),
  one('draws and messages are hashed alike', CHANNEL, 'hash(PURPOSE.DRAW, message)', 'hash(PURPOSE.CHAIN, message)'),

  one('claimed sums are added without the public terms', VERIFY_ALL, 'let total = opened.publicTotal', 'let total = Q.ZERO'),
  one('the running sum is not checked', VERIFY, 'Q.mul(powers.at(-1)!, runningSumAtPoint(shard, lookup, sum))', 'Q.ZERO'),
  one('the running sum takes every instance once', VERIFY, 'Q.scale(last, inverse(2 ** (layout.logSize - instance.logSize)))', 'last'),
  one(
    'the running sum takes another LogUp column than the last',
    VERIFY,
    'interactionColumns(componentOf(machine, instance)) - 1',
    'interactionColumns(componentOf(machine, instance)) - (i === 1 ? 2 : 1)',
  ),
  one('the running sum does not take the first instance', VERIFY, 'return instances.reduce(', 'return instances.slice(1).reduce('),
  one('the running sum need not close', VERIFY, 'Q.add(step, share),', 'share,'),
  one('the running sum may end anywhere', VERIFY, 'Q.add(step, share),', 'step,'),
  one('the running sum has the weight of the last constraint', VERIFY, 'Q.mul(powers.at(-1)!, running', 'Q.mul(powers.at(-2)!, running'),
  one(
    'last LogUp columns need not be lifts',
    'fri/pcs/layout.ts',
    'distinct([...i.twoInteraction, i.interaction - 1])',
    '[...i.twoInteraction]',
  ),
  one(
    'all constraints have the weight of their instance',
    VERIFY,
    'powers.slice(offsets[i], offsets[i + 1])',
    'powers.slice(offsets[i], offsets[i + 1]).map((_, __, list) => list[0]!)',
  ),
  one(
    'a constraint of every instance is left out',
    VERIFY,
    'return targets.reduce((total, id, i)',
    'return targets.slice(1).reduce((total, id, i)',
  ),
  one('the composition is one half', VERIFY, 'Q.mul(v, Q.add(half(0), Q.mul(v, half(1))))', 'Q.mul(v, half(0))'),
  one('the row before is the row itself', VERIFY, 'samples[back ? columns + twoPoint.indexOf(index) : index]!', 'samples[index]!'),
  one('periodicity is not checked', VERIFY, 'batchesOf(layout, point, checks.periodicity)', 'batchesOf(layout, point, () => false)'),
  one(
    'one query less',
    VERIFY,
    'channel.drawPositions(profile.queries, domainLogSize)',
    'channel.drawPositions(profile.queries - 1, domainLogSize)',
  ),
  one(
    'queries in the lower half of the domain',
    VERIFY,
    'channel.drawPositions(profile.queries, domainLogSize)',
    'channel.drawPositions(profile.queries, domainLogSize - 1)',
  ),
  one(
    'only the first query is followed through FRI',
    VERIFY,
    'let at: readonly number[] = positions;',
    'let at: readonly number[] = positions.slice(0, 1);',
  ),
  one('the first FRI root is not checked', VERIFY, 'if (!digestEqual(reached, root))', 'if (i > 0 && !digestEqual(reached, root))'),
  one(
    'FRI roots after the first are not checked',
    VERIFY,
    'if (!digestEqual(reached, root))',
    'if (i === 0 && !digestEqual(reached, root))',
  ),
  one(
    'the root of the preprocessed tree is not checked',
    VERIFY,
    'if (!expected || !digestEqual(root, expected))',
    "if (!expected || (tree.name !== 'preprocessed' && !digestEqual(root, expected)))",
  ),
  one(
    'the root of the base tree is not checked',
    VERIFY,
    'if (!expected || !digestEqual(root, expected))',
    "if (!expected || (tree.name !== 'base' && !digestEqual(root, expected)))",
  ),
  one(
    'the root of the interaction tree is not checked',
    VERIFY,
    'if (!expected || !digestEqual(root, expected))',
    "if (!expected || (tree.name !== 'interaction' && !digestEqual(root, expected)))",
  ),
  one(
    'the root of the composition tree is not checked',
    VERIFY,
    'if (!expected || !digestEqual(root, expected))',
    "if (!expected || (tree.name !== 'composition' && !digestEqual(root, expected)))",
  ),
  one(
    'the last layer is compared in one place',
    VERIFY,
    'for (const [i, position] of at.entries())\n',
    'for (const [i, position] of at.slice(0, 1).entries())\n',
  ),
  one(
    'known values are those of the proof',
    VERIFY,
    'const isKnown = at[next] === position;',
    'const isKnown = 4 * taken === given.length;',
  ),
  one(
    'DEEP is not compared with layer 0',
    VERIFY,
    'deepValues(constants, points, cells, firsts)',
    'deepValues(constants, points, cells.fill(0), firsts)',
  ),

  one('public terms of count -1 count as 1', 'air/machine.ts', 'count < 0 ? count + P : count', 'Math.abs(count)'),
  one('zeros of a tuple end it', 'air/machine.ts', 'if (v === 0) continue;', 'if (v === 0) break;'),
  one(
    'two machines of one name are one',
    'air/machine.ts',
    'JSON.stringify([machine.name, machine.components])',
    'JSON.stringify([machine.name])',
  ),
  one(
    'the name of a machine does not count',
    'air/machine.ts',
    'JSON.stringify([machine.name, machine.components])',
    'JSON.stringify([machine.components])',
  ),

  one('δ does not grow', 'fri/pcs/deep.ts', 'power = Q.mul(power, delta);', ''),
  one(
    'the second line coordinate is left out',
    'fri/pcs/deep.ts',
    'addMultiple(slopes, 0, powers, 4 * i, samples[at + 2]!, samples[at + 3]!);',
    '',
  ),
  one('α is used for every fold of a coset', 'fri/pcs/fold.ts', '    challenge = Q.mul(challenge, challenge);\n', ''),
  one('a fold forgets the odd part', 'fri/pcs/fold.ts', 'sum = add(sum, mul(factor[4 * c + d]!, odd[d]!));', ''),
  one('a sibling may stand on either side', 'fri/core/merkle.ts', 'const own = position % 2 === 1 ? DIGEST_WORDS : 0;', 'const own = 0;'),
  one('a leaf is hashed as a node', 'fri/core/digest.ts', 'truncate(hash(PURPOSE.LEAF, words))', 'truncate(hash(PURPOSE.NODE, words))'),
  one(
    'digests of 7 words are compared',
    'fri/core/digest.ts',
    'for (let i = 0; i < DIGEST_WORDS; i++) if (a[i] !== b[i])',
    'for (let i = 1; i < DIGEST_WORDS; i++) if (a[i] !== b[i])',
  ),
  one(
    'work is checked against 0 bits',
    'fri/core/work.ts',
    'const mask = lowBits(bits);\n  if (bits === 0) return nonce',
    'const mask = 0;\n  if (bits === 0) return nonce',
  ),
  one('more shards cost nothing', 'fri/pcs/security.ts', 'rate * queries + work.query - shardBits', 'rate * queries + work.query'),
  one(
    'the queries of several shards cost nothing in the proven column',
    'fri/pcs/security.ts',
    'regime.bitsPerQuery * queries + work.query - shardBits',
    'regime.bitsPerQuery * queries + work.query',
  ),
  one('the periodicity batch is opened at z', 'fri/pcs/layout.ts', 'addPoints(z, pointOverQM31(stepIndex(logSize - k)))', 'z'),
  one(
    'the row before is opened at z + g(L)',
    'fri/pcs/layout.ts',
    'pointOverQM31(-stepIndex(logSize))',
    'pointOverQM31(stepIndex(logSize))',
  ),

  one('any acceptable profile will do', 'vm/verify.ts', 'acceptable.find(({ id }) => id === file.profileId)', 'acceptable[0]'),
  one(
    'expected outputs are compared with the inputs',
    'vm/verify.ts',
    'requireExpected(program.outputs, outputs, expected.outputs',
    'requireExpected(program.outputs, outputs, outputs',
  ),
  one(
    'the context is that of the caller',
    'vm/verify.ts',
    'if (expected.context && !sameNumbers(expected.context, file.context))',
    'if (expected.context && expected.context.length !== file.context.length)',
  ),
  one('security is not asked for', 'vm/verify.ts', '  requireSecurity(security, secured);\n', ''),
  one(
    'the model id of the file is absorbed',
    'vm/verify.ts',
    'if (!digestEqual(file.modelId, model.id))',
    'if (file.modelId.length !== 8)',
  ),
  one(
    'public terms are not counted for security',
    'vm/verify.ts',
    'securedShards(profile, shards, terms.length)',
    'securedShards(profile, shards, 0)',
  ),
  one('the statement hash has no context', 'vm/statement/claim.ts', '    bytesToWords(said.context),\n', ''),
  one('one public term more is counted', 'vm/statement/claim.ts', '  1 +\n  publicInputs', '  2 +\n  publicInputs'),
  one('one public term less is counted', 'vm/statement/claim.ts', '  1 +\n  publicInputs', '  publicInputs'),
  one('gaps of an input are not counted', 'vm/statement/claim.ts', 'words + inputWords(region), 0)', 'words + elementWords(region), 0)'),
  one('HLT is not received', 'vm/statement/claim.ts', '{ count: -1, relation: dispatch.id', '{ count: 0, relation: dispatch.id'),
  one('outputs are no public terms', 'vm/statement/claim.ts', "  ...regionTerms(program.outputs, outputs, 'output', read.id),\n", ''),
  one('the lowest value of a region is not in the record', 'vm/statement/record.ts', '  toField(r.lo),\n', ''),
  one('the strides are not in the record', 'vm/statement/record.ts', '  ...r.strides,\n', ''),
  one('scales are rounded', 'vm/statement/record.ts', 'view.setFloat64(0, value)', 'view.setFloat32(0, value)'),
  one('the root is that of no tree', 'vm/statement/model.ts', 'root: setup.tree.root', 'root: new Uint32Array(8)'),
  one('the program is not checked', 'vm/statement/model.ts', '  requireCommitable(loaded, profile.logBlowup);\n', ''),
  one(
    'the record has no instances',
    'vm/statement/model.ts',
    'tree.map(({ type, logSize, base }) => ({ type, logSize, base }))',
    'tree.slice(1).map(({ type, logSize, base }) => ({ type, logSize, base }))',
  ),
  one(
    'the height of the tree is that of its leaves',
    'vm/statement/model.ts',
    'setup.tree.height - profile.logBlowup',
    'setup.tree.height',
  ),
];
