// Bull Board on the queue of many machines: every job with its steps, pieces, tries and errors, in a page. Needs packages that nothing else needs:
//   npm install --no-save @bull-board/api @bull-board/hono @bull-board/ui hono @hono/node-server bullmq ioredis
//   node examples/cluster/board.mjs redis://localhost:6379 3000        # at http://127.0.0.1:3000, for this machine alone
// Source: Bull Board's documentation, "Hono adapter". Caveat: it may look and nothing else (`readOnlyMode`); it has no key, so it listens to this machine
// alone: reach it through an SSH tunnel, or a proxy that asks who is there.
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { HonoAdapter } from '@bull-board/hono';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Queue } from 'bullmq';
import { Hono } from 'hono';
import { Redis } from 'ioredis';

const [address = 'redis://127.0.0.1:6379', port = '3000'] = process.argv.slice(2);
const connection = new Redis(address, { maxRetriesPerRequest: null });
const queue = new Queue('pieces', { connection, prefix: 'zkvm' });
const server = new HonoAdapter(serveStatic);
createBullBoard({ queues: [new BullMQAdapter(queue, { readOnlyMode: true })], serverAdapter: server });
const app = new Hono().route('/', server.registerPlugin());
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(port) }, () => console.log(`http://127.0.0.1:${port}`));
