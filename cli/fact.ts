// `zkvm fact`: whether a statement is a fact at the contract, of which model, and what made it one. Source: contracts/client/facts.ts. Caveat: of a
// proof it reads what the file says and verifies nothing: the fact is what counts, and the model id tells whose answer it is.

import { airHash } from '../air/machine.ts';
import { digestToFelt } from '../fri/core/digest.ts';
import { rejected } from '../fri/core/errors.ts';
import { PROFILES } from '../fri/pcs/profile.ts';
import { MACHINE } from '../vm/chips/machine.ts';
import { decodeProofFile } from '../vm/files/proof.ts';
import { saidStatementHash } from '../vm/statement/claim.ts';
import { contractOf, hexFelt, openReadOnly, parseFelt, trustedContract } from './chain.ts';
import type { Command } from './commands.ts';
import { formatCount } from './io/terminal.ts';
import { readProof } from './proof-files.ts';

/** a number, or a digest as `verify` prints it */
const isNumber = (text: string): boolean => /^(0x[0-9a-f]+|[0-9]+)$/i.test(text);
const isDigest = (text: string): boolean => /^[0-9a-f]{62,64}$/i.test(text);

interface Asked {
  statement: bigint;
  /** what a proof says of itself */
  modelId?: bigint;
}

function askedOf(text: string): Asked {
  if (isNumber(text) || isDigest(text)) return { statement: parseFelt(isDigest(text) ? `0x${text}` : text, 'the statement') };
  const file = decodeProofFile(readProof([text]));
  if (file.profileId !== PROFILES.chain.id)
    throw rejected('ZK0354', 'the contract takes proofs of profile chain only', text, 'of another one no statement is ever a fact');
  return {
    statement: digestToFelt(saidStatementHash(airHash(MACHINE), PROFILES.chain, file)),
    modelId: digestToFelt(file.modelId),
  };
}

export const run: Command<'fact'> = async (args, terminal) => {
  contractOf(args);
  const { statement, modelId: said } = askedOf(args.file);
  const node = await openReadOnly(args);
  const contract = await trustedContract(node, args);
  const { isFact, originOf } = await import('../contracts/client/facts.ts');
  const fact = await isFact(node, contract, statement);
  const origin = fact ? await originOf(node, contract, statement) : undefined;
  const modelId = origin?.modelId ?? said;
  if (args.options.json)
    terminal.json({
      fact,
      statement: hexFelt(statement),
      contract: hexFelt(contract),
      modelId: modelId === undefined ? null : hexFelt(modelId),
      transaction: origin?.transactionHash ?? null,
      block: origin?.blockNumber ?? null,
    });
  else
    terminal.out([
      `statement    ${hexFelt(statement)} is ${fact ? 'a fact' : 'no fact'} at contract ${hexFelt(contract)}`,
      ...(modelId === undefined ? [] : [`model id     ${hexFelt(modelId)}`]),
      ...(origin ? [`transaction  ${origin.transactionHash}`] : []),
      ...(origin?.blockNumber === undefined ? [] : [`block        ${formatCount(origin.blockNumber)}`]),
    ]);
  return fact ? 0 : 3;
};
