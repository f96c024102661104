// An endpoint that answers an input with outputs and a proof, and gives the record to whoever wants to verify. Caveat: one prover, so requests wait for
// each other; `zkvm serve` has a queue, limits and keys.
import { Hono } from 'hono';
import { type Model, type ModelTensors, type Prover, ZkvmError } from '../../index.ts'; // 'zkvm' in a project of yours

const STATUS = { usage: 422, constraint: 422 } as const;

export function endpoint(model: Model, prover: Prover): Hono {
  const app = new Hono();
  app.get('/record', async (context) => context.body((await model.record).encode().slice().buffer));
  app.post('/prove', async (context) => {
    try {
      const inputs = await context.req.json<ModelTensors>();
      // a client that hangs up ends its proof
      const { proof, outputs, labels } = await prover.prove(model, inputs, { profile: 'fast', signal: context.req.raw.signal });
      const numbers = Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, [...data]]));
      return context.json({ outputs: numbers, labels, proof: Buffer.from(proof).toString('base64') });
    } catch (error) {
      if (error instanceof SyntaxError) return context.json({ error: 'the body is no JSON' }, 400);
      if (!(error instanceof ZkvmError)) throw error;
      const { code, kind, message } = error;
      return context.json({ error: message, code }, kind === 'usage' || kind === 'constraint' ? STATUS[kind] : 500);
    }
  });
  return app;
}
