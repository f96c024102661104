// A model for the airdrop, trained here in a second, and an activity to claim for: `npx tsx examples/starknet/model.ts model.zkb x.json`. Source: the
// models of the consumers' tests. Caveat: it has learnt a rule that somebody made up, so its score means nothing.
import { writeFile } from 'node:fs/promises';
import { activityModel } from '../../test/devnet/consumers/models.ts'; // yours comes from `compile` of 'zkvm'
import { encodeProgram } from '../../vm/files/zkb.ts';

const [modelFile = 'model.zkb', activityFile = 'x.json'] = process.argv.slice(2);
await writeFile(modelFile, encodeProgram(activityModel()));
await writeFile(activityFile, JSON.stringify({ x: [50, 60, 40, 50, 80, 50, 30, 50] }));
