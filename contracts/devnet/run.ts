// `npm run devnet`: a local Starknet at port 5050 until it is interrupted, and the lines that point the commands at it.
// Caveat: its accounts' keys are public; it forgets everything when it stops.
import { ZkvmError } from '../../fri/core/errors.ts';
import { startDevnet } from './node.ts';

const PORT = 5050;

try {
  const { url, process: child, stop } = await startDevnet({ port: PORT, timeoutSeconds: 3600 });
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'devnet_getPredeployedAccounts', params: {} }),
  });
  const [{ address, private_key: key }] = ((await response.json()) as { result: [{ address: string; private_key: string }] }).result;
  await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'devnet_mint', params: { address, amount: 1e24, unit: 'FRI' } }),
  });
  console.log(`export ZKVM_RPC=${url}/rpc ZKVM_ACCOUNT=${address} ZKVM_PRIVATE_KEY=${key}`);
  console.error('a local Starknet runs until Ctrl-C; paste the line above into the terminal of the zkvm commands');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
  child.once('exit', () => process.exit(0));
} catch (error) {
  if (!(error instanceof ZkvmError)) throw error;
  console.error([error.message, error.why, error.fix].filter(Boolean).join('\n'));
  process.exitCode = error.exitCode;
}
