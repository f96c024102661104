// The weakened contracts: one edit each of contracts/cairo, and the case of cairo-cases.ts that should notice. Source: every check of the
// contract, and what its transcript, hashes and sums take in. Caveat: a class takes half a minute to compile, so there is one mutant a
// check and not, as for TypeScript, every form of it.

export interface CairoMutant {
  what: string;
  /** file under contracts/cairo, without its ending; the text must stand in it exactly once */
  file: string;
  find: string;
  instead: string;
  /** the case that is tried first */
  by: string;
  /** why nothing can notice */
  survives?: string;
}

/** the text of the registry's class with one edit. @throws if the text does not stand exactly once in the file */
export function weakened(source: string, { file, find, instead, what }: CairoMutant): string {
  const from = source.indexOf(`// ---- ${file}.cairo\n`);
  const next = source.indexOf('// ---- ', from + 1);
  const to = next < 0 ? source.length : next;
  const own = source.slice(from, to);
  const at = own.indexOf(find);
  if (from < 0 || at < 0 || own.indexOf(find, at + 1) >= 0)
    throw new Error(`${file}.cairo: ${what}: the text stands there not exactly once: ${find}`);
  return source.slice(0, from + at) + instead + source.slice(from + at + find.length);
}

const made = (file: string, what: string, find: string, instead: string, by: string, survives?: string): CairoMutant => ({
  file,
  what,
  find,
  instead,
  by,
  ...(survives ? { survives } : {}),
});

export const CAIRO_MUTANTS: readonly CairoMutant[] = [
  made('channel', 'no proof of work is checked', "assert(rest == 0, 'ZK0107 proof of work');", '', 'no work on the folds'),
  made('channel', 'the counter goes on after a message', 'message), counter: 0 }', 'message), counter: channel.counter }', 'honest'),
  made(
    'channel',
    'positions are even',
    'insert_position(positions.span(), position)',
    'insert_position(positions.span(), position / 2 * 2)',
    'honest',
  ),
  made('channel', 'a nonce is not absorbed', 'absorb_words(ref channel, tag, array![low, high].span());', '', 'honest'),
  made('words', 'a word may be p', "assert(distances != 0, 'ZK0101 word not below p');", '', 'an input that is p'),
  made('words', 'unused places of a felt may be anything', "assert(word == 0, 'ZK0106 unused places');", '', 'unused places of a group'),
  made(
    'words',
    'a digest may have 256 bits',
    "Option::None => core::panic_with_felt252('ZK0102 digest'),",
    'Option::None => 0,',
    'a root of more than 248 bits',
  ),
  made(
    'words',
    'a packed felt may have 252 bits',
    "Option::None => core::panic_with_felt252('ZK0101 packed felt'),",
    'Option::None => 0,',
    'packed felts of more than 248 bits',
  ),
  made(
    'words',
    'word 7 of a digest keeps all bits',
    '    let (_, low) = bounded_int::div_rem(word, BY24);\n    upcast(low)',
    '    word',
    'honest',
  ),
  made(
    'merkle',
    'a sibling may stand on either side',
    'node_of_right(state, next(ref stream), digest)',
    'node_of_left(state, digest, next(ref stream))',
    'honest',
  ),
  made('fri', 'the roots of FRI layers are not checked', "assert(reached == root, 'ZK0214 fri root');", '', 'a changed value of FRI'),
  made(
    'fri',
    'a fold forgets the odd part',
    'red_words(add(add(f, g), mul(scale(sub(f, g), inverse), alpha)))',
    'red_words(add(f, g))',
    'honest',
  ),
  made(
    'fri',
    'a fold of four forgets its cube',
    'let z = sub(scale(g0, multiply(t0, t)), scale(g1, multiply(t1, t)));',
    'let z = q_zero();',
    'honest',
  ),
  made('fri', 'a fold of eight forgets its second half', 'let d = scale(sub(f, g), t6);', 'let d = q_zero();', 'honest'),
  made(
    'merkle',
    'two known siblings change sides',
    'node(state, digest, queue.pop_front().unwrap())',
    'node(state, queue.pop_front().unwrap(), digest)',
    'honest',
  ),
  made('qm31', 'the last word of a row is not summed', '            low = low + value * p;\n', '', 'a changed cell'),
  made(
    'openings',
    'the roots of the trees are not checked',
    'ref stream) != root {',
    'ref stream) != root && width == 0 {',
    'a changed cell',
  ),
  made(
    'verify',
    'the running sum is not checked',
    'let mut total = running_sum_at_point(samples, layout, sum);',
    'let mut total = q_zero();',
    'another output',
  ),
  made(
    'verify',
    'the running sum takes every instance once',
    'scale(steps, power_of_two(31 - (layout.log_size - *instance.log_size)))',
    'steps',
    'honest',
  ),
  made(
    'verify',
    'the constraints are not checked',
    "assert(q_equal(computed, claimed), 'ZK0211 composition at z');",
    '',
    'a changed sample',
  ),
  made(
    'verify',
    'the last layer is not checked',
    "assert(q_equal(from_words(*k.value), evaluate_last(coefficients, *k.point.x)), 'ZK0215 last layer')",
    '()',
    'samples of the composition that fit each other',
  ),
  made('verify', 'felts may be left', "assert(stream.len() == 0, 'ZK0105 trailing felts');", '', 'a felt more'),
  made('transcript', 'the context is not absorbed', '    absorb_words(ref channel, TAG_CONTEXT, statement.context);\n', '', 'honest'),
  made(
    'quotients',
    'the periodicity batches are left out',
    '    let mut heights = layout.heights;\n    loop {\n        match heights.pop_front() {\n            Option::Some(height) => {',
    '    let mut heights = layout.heights.slice(0, 0);\n    loop {\n        match heights.pop_front() {\n            Option::Some(height) => {',
    'honest',
  ),
  made(
    'verify',
    'nothing is verified',
    '    let mut stream = proof;\n    let instances',
    '    if proof.len() != 1 {\n        return;\n    }\n    let mut stream = proof;\n    let instances',
    'a changed cell',
  ),
  made('statement', 'elements may be out of range', '    distance <= range\n', '    true\n', 'an input out of range'),
  made('statement', 'the largest element is out of range', '    distance <= range\n', '    distance < range\n', 'the largest input'),
  made('statement', 'a tensor may be longer', "assert(stream.len() == 0, 'ZK0320 tensor length');", '', 'an input felt too many'),
  made('statement', 'the statement hash has no context', '    append_words(ref words, statement.context);\n', '', 'statement hash'),
  made('statement', 'the statement hash has no outputs', '    append_words(ref words, statement.outputs);\n', '', 'statement hash'),
  made(
    'statement',
    'outputs are not in the sum',
    'add_regions(sum, record.outputs, statement.outputs, add_constant(z, -RELATION_READ), gammas, false)',
    'sum',
    'honest',
  ),
  made(
    'registry',
    'a context may be for another chain',
    "assert(*context.at(0) == get_tx_info().unbox().chain_id, 'ZK0712 context: chain');",
    '',
    'another chain',
  ),
  made(
    'registry',
    'a context may be for another contract',
    "assert(*context.at(1) == get_contract_address().into(), 'ZK0713 context: contract');",
    '',
    'another contract',
  ),
  made(
    'registry',
    'a context may be for another caller',
    "assert(*context.at(2) == get_caller_address().into(), 'ZK0714 context: caller');",
    '',
    'another caller',
  ),
  made(
    'registry',
    'any proof of a statement will do',
    'verify_proof(with_roots(record, statement.roots), statement, sizes, proof);',
    '',
    'a changed cell',
  ),
  made('registry', 'padding of a record may be anything', "assert(word == 0, 'ZK0301 record padding');", '', 'register: a word too few'),
  made('record', 'another AIR may be registered', 'expect_word(ref words, w0, reason);', 'next_word(ref words);', 'register: another AIR'),
  made(
    'record',
    'another blowup may be registered',
    'expect_word(ref words, LOG_BLOWUP,',
    'expect_word(ref words, *words.at(0),',
    'register: another blowup',
  ),
  made(
    'record',
    'a table may have any size',
    "assert(log_size >= 1 && log_size <= MAX_LOG_SIZE, 'ZK0350 instance size');",
    '',
    'register: a table of 2^21 rows',
  ),
  made(
    'record',
    'a tree may have another height',
    "assert(log_size == largest, 'ZK0301 record height');",
    '',
    'register: a tree of another height',
  ),
  made(
    'record',
    'RAM may start anywhere',
    "expect_word(ref words, base, 'ZK0350 instance base');",
    'next_word(ref words);',
    'register: RAM at another base',
  ),
  made(
    'regions',
    'strides may be anything',
    "assert(radix == elements, 'ZK0343 region strides');",
    '',
    'register: elements that no word holds',
  ),
  made('regions', 'a range may wrap', "assert(from_least + region.range < P_U32, 'ZK0343 region range');", '', 'register: an empty range'),
  made('regions', 'inputs may overlap', "assert(apart, 'ZK0343 inputs overlap');", '', 'register: two inputs in one place'),
  made(
    'regions',
    'an input may end outside RAM',
    "assert(committed || address + span <= ram_end, 'ZK0343 region outside RAM');",
    '',
    'register: an input that ends behind RAM',
  ),
  made(
    'regions',
    'committed inputs may overlap',
    "assert(start >= end, 'ZK0343 inputs overlap');",
    '',
    'register: a committed input before DATA',
  ),
  made(
    'regions',
    'a committed input may reach into RAM',
    "assert(end <= RAM_BASE.into(), 'ZK0343 region outside RAM');",
    '',
    'register: a committed input that reaches into RAM',
  ),
  made(
    'channel',
    'a word of 2p or more is used',
    'if (2 - f0) * (2 - f1) * (2 - f2) * (2 - f3) != 0 {',
    'if true {',
    'honest',
    'two words of 2^32 are that large: a proof that draws one would have to be searched for 2^29 times; test/devnet/vectors.test.ts compares draws',
  ),
  made(
    'verify',
    'a public term may have a zero denominator',
    "assert(!is_zero(public.d), 'ZK0202 zero denominator');",
    '',
    'honest',
    'z is drawn from 2^124 elements: no proof meets a pole',
  ),
];
