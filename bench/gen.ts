// Writes the generated tables into the documentation. Run: npm run gen. test/docs.test.ts fails when a document is out of date.
// Caveat: it touches only what stands between the markers.
import fs from 'node:fs';
import path from 'node:path';
import { DOCUMENTS, withTables } from './tables.ts';

const root = path.join(import.meta.dirname, '..');
for (const document of DOCUMENTS) {
  const file = path.join(root, document);
  if (!fs.existsSync(file)) continue;
  const text = fs.readFileSync(file, 'utf8');
  const written = withTables(text);
  if (written !== text) fs.writeFileSync(file, written);
  console.log(`${document}: ${written === text ? 'up to date' : 'written'}`);
}
