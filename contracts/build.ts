// `npm run build:contracts`: compiles every class and prints what the network's limits are about.
import { buildClass, CLASS_LIMITS, CLASSES } from './compile.ts';

console.log(`limits: ${CLASS_LIMITS.felts} felts, ${CLASS_LIMITS.bytes} bytes`);
for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(CLASSES)) {
  const started = performance.now();
  const { sierraFelts, casmFelts, bytes, rewrite } = await buildClass(name);
  const { libfuncs, ...rest } = rewrite;
  console.log(
    JSON.stringify({ class: name, sierraFelts, casmFelts, bytes, libfuncs: libfuncs.length, ...rest, ms: Math.round(performance.now() - started) }),
  );
}
