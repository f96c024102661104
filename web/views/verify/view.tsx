// The view "verify".
import { TEXT } from '../../text.ts';

export default function VerifyView() {
  return (
    <>
      <h1>{TEXT.titles.verify}</h1>
    </>
  );
}
