// Proofs and the contract: the commands that do it. Caveat: the page itself sends nothing to a chain yet.
import { TEXT } from '../../text.ts';

export default function ChainView() {
  return (
    <article class="plain">
      <h1>{TEXT.titles.chain}</h1>
      <p class="lead">{TEXT.chain.lead}</p>
      <pre>
        <code>{TEXT.chain.commands}</code>
      </pre>
    </article>
  );
}
