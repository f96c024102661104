// The view "prove".
import { TEXT } from '../../text.ts';

export default function ProveView() {
  return (
    <>
      <h1>{TEXT.titles.prove}</h1>
    </>
  );
}
