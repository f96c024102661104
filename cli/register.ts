// `zkvm register`: stores a model's record in the registry, once a model, and prints the context that the next proof must be made in.
// Source: DESIGN §10. Caveat: the registry takes any record; a model id means something to who recomputed it
// from the .zkb and audited that (`zkvm audit`).

import { contextBytes, registerCalldata } from '../contracts/client/calldata.ts';
import { strkText } from '../contracts/client/fees.ts';
import { digestToFelt } from '../fri/core/digest.ts';
import { PROFILES } from '../fri/pcs/profile.ts';
import { decodeProgram } from '../vm/files/zkb.ts';
import { requireDetermined } from '../vm/program/audit.ts';
import { loadModel } from '../vm/statement/model.ts';
import { withBackend } from './backend.ts';
import { contractOf, hexFelt, openChain, parseFelt, trustedContract } from './chain.ts';
import type { Command } from './commands.ts';
import { readArtifact } from './io/artifacts.ts';
import { contextText } from './io/context.ts';
import { formatCount } from './io/terminal.ts';
import { unevenLines, unevenOutputs } from './report/uneven.ts';
import { tablesText } from './saturated.ts';
import { auditJson, auditOptions, warningLines } from './undetermined.ts';

export const run: Command<'register'> = async (args, terminal) => {
  contractOf(args);
  const nonce = parseFelt(args.options.nonce ?? '1', '--nonce');
  const extra = args.options.extra.map((text) => parseFelt(text, '--extra'));
  const program = decodeProgram(readArtifact(args.file, 'model'), true);
  const options = auditOptions(args);
  const audit = requireDetermined(program, options);
  const chain = await openChain(args);
  const contract = await trustedContract(chain, args);
  const model = await withBackend('auto', ({ backend }) => loadModel(program, PROFILES.chain, backend, options));
  const modelId = digestToFelt(model.id);
  const { invoke, view } = await import('../contracts/client/chain.ts');
  const [known] = await view(chain, { contract, entrypoint: 'is_registered', calldata: [modelId] });
  const receipt =
    known === 1n ? undefined : await invoke(chain, [{ contract, entrypoint: 'register_model', calldata: registerCalldata(model.record) }]);
  const caller = BigInt(chain.account.address);
  const context = contextText(contextBytes({ chainId: chain.chainId, contract, caller, nonce, extra }));
  if (args.options.json)
    terminal.json({
      modelId: hexFelt(modelId),
      ...auditJson(audit),
      tables: model.tables,
      unevenOutputs: unevenOutputs(program.metadata),
      registered: receipt !== undefined,
      l2Gas: receipt?.l2Gas ?? 0,
      feeFri: `${receipt?.feeFri ?? 0n}`,
      transaction: receipt?.transactionHash ?? null,
      context,
    });
  else
    terminal.out([
      ...warningLines(audit),
      ...unevenLines(program.metadata),
      `model id  ${hexFelt(modelId)} (under profile chain; \`zkvm audit\` lists those of all profiles)`,
      `tables    ${tablesText(model.tables)}`,
      receipt
        ? `registered in ${receipt.transactionHash}, ${formatCount(receipt.l2Gas)} L2 gas, ${strkText(receipt.feeFri)}`
        : 'was registered already',
      `context   ${context}`,
      `next: zkvm prove ${args.file} --input input.json -o proof.bin --profile chain --context ${context}`,
    ]);
  return 0;
};
