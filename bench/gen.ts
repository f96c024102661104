// Writes the generated tables into the documentation, the page of errors, the list of proved components, the generated Cairo files, and the golden
// shaders.
// Run: npm run gen. test/docs.test.ts, test/errors.test.ts, test/vm/chips/registers.test.ts, test/contracts/class/generated.test.ts and test/gpu/shaders.test.ts fail when one
// is out of date.
// Caveat: it touches only what stands between the markers.
// before the machine is recorded
import './prove-registers.ts';
import fs from 'node:fs';
import path from 'node:path';
import { generatedFiles } from '../contracts/class/generate.ts';
import { scarbFiles } from '../contracts/class/scarb.ts';
import { ARCHITECTURE_PAGE, architecturePage } from './architecture.ts';
import { ERRORS_PAGE, errorsPage } from './errors-page.ts';
import { PROVED_FILE, provedText } from './proved.ts';
import { GOLDEN_SHADERS, goldenShaders } from './shaders.ts';
import { DOCUMENTS, withTables } from './tables.ts';

const root = path.join(import.meta.dirname, '..');
write(PROVED_FILE, provedText());
write(ERRORS_PAGE, errorsPage());
write(ARCHITECTURE_PAGE, architecturePage());
for (const document of DOCUMENTS) {
  const file = path.join(root, document);
  if (!fs.existsSync(file)) continue;
  const text = fs.readFileSync(file, 'utf8');
  const written = withTables(text);
  if (written !== text) fs.writeFileSync(file, written);
  console.log(`${document}: ${written === text ? 'up to date' : 'written'}`);
}
function write(name: string, text: string): void {
  const file = path.join(root, name);
  const old = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  if (old !== text) fs.writeFileSync(file, text);
  console.log(`${name}: ${old === text ? 'up to date' : 'written'}`);
}
for (const [name, text] of Object.entries({ ...generatedFiles(), ...scarbFiles() })) write(`contracts/${name}`, text);
write(GOLDEN_SHADERS, goldenShaders());
