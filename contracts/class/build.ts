// `npm run build:contracts`: compiles every class and prints what the network's limits are about. Caveat: half a minute a class where it is new.
import { buildClass, CLASS_LIMITS, CLASSES, VECTOR_CLASS } from './compile.ts';

console.log(`limits: ${CLASS_LIMITS.felts} felts, ${CLASS_LIMITS.bytes} bytes`);
const names = process.argv.slice(2);
for (const name of names.length ? names : Object.keys(CLASSES)) {
  const started = performance.now();
  const { sierraFelts, casmFelts, bytes, rewrite } = await buildClass(name, name === 'vectors' ? VECTOR_CLASS : CLASSES[name]);
  const { libfuncs, felts: _felts, ...rest } = rewrite;
  const ms = Math.round(performance.now() - started);
  console.log(JSON.stringify({ class: name, sierraFelts, casmFelts, bytes, libfuncs: libfuncs.length, ...rest, ms }));
}
