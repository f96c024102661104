// `npm run build:contracts [-- CLASS…]`: compiles classes, prints what the network's limits are about and their hashes, and compares them with what is
// committed; exit code 1 where they differ. `--write` renews what is committed. `--sierra` needs no universal-sierra-compiler and no cache: the class hash
// from the sources alone. Caveat: the registry takes two minutes of a core where it is new.
import { buildClass, CLASS_LIMITS, CLASSES, compileCairo, joinedSource, VECTOR_CLASS } from './compile.ts';
import { CLASS_HASHES, type ClassHashes } from './hashes.ts';
import { classHashOf, hashesOf, hashesText, isCommitted, writeAbi, writeClass, writeHashes } from './write.ts';

const flags = new Set(process.argv.slice(2).filter((word) => word.startsWith('--')));
const given = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const names = given.length ? given : Object.keys(CLASSES);
const committed: Readonly<Record<string, ClassHashes>> = CLASS_HASHES;
const hex = (felt: bigint): string => `0x${felt.toString(16)}`;

console.log(`limits: ${CLASS_LIMITS.felts} felts, ${CLASS_LIMITS.bytes} bytes`);
const built: Record<string, ClassHashes> = {};
const differ: string[] = [];
for (const name of names) {
  const started = performance.now();
  const ms = (): number => Math.round(performance.now() - started);
  if (flags.has('--sierra')) {
    const { contract } = await compileCairo(joinedSource(name));
    const classHash = await classHashOf(contract);
    const same = classHash === committed[name]?.classHash && isCommitted(name, contract);
    if (!same) differ.push(name);
    console.log(JSON.stringify({ class: name, classHash: hex(classHash), same, ms: ms() }));
    continue;
  }
  const made = await buildClass(name, name === 'vectors' ? VECTOR_CLASS : CLASSES[name]);
  const { sierraFelts, casmFelts, bytes, rewrite } = made;
  const { libfuncs, felts: _felts, ...rest } = rewrite;
  const facts = { class: name, sierraFelts, casmFelts, bytes, libfuncs: libfuncs.length, ...rest };
  if (name === 'vectors') {
    console.log(JSON.stringify({ ...facts, ms: ms() }));
    continue;
  }
  const hashes = await hashesOf(made);
  built[name] = hashes;
  if (flags.has('--write')) writeClass(name, made.contract);
  if (flags.has('--write') && name === 'registry') writeAbi(made.contract);
  const same = isCommitted(name, made.contract) && hashesText({ [name]: hashes }) === hashesText({ [name]: committed[name] ?? hashes });
  if (!same) differ.push(name);
  const { classHash, compiledClassHash } = hashes;
  console.log(
    JSON.stringify({
      ...facts,
      classHash: hex(classHash),
      compiledClassHash: hex(compiledClassHash),
      ...(flags.has('--write') ? {} : { same }),
      ms: ms(),
    }),
  );
}
if (flags.has('--write')) {
  const kept = Object.keys(CLASSES).flatMap((name) => {
    const hashes = built[name] ?? committed[name];
    return hashes ? [[name, hashes] as const] : [];
  });
  writeHashes(hashesText(Object.fromEntries(kept)));
} else if (differ.length) {
  console.error(`another class than the committed one: ${differ.join(', ')}; renew with npm run build:contracts -- --write`);
  process.exitCode = 1;
}
