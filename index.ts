// `zkvm`: the library. Compile a model, prove what it answers, verify the proof; in Node, in browsers and in workers. Source: the README, "As a library".
// Caveat: a program that only verifies imports `zkvm/verifier`, which is a tenth of this; what is not exported here may change any time.
export {
  type CompileOptions,
  type CompileProgress,
  type CompileReport,
  compile,
  type ModelPicture,
  type ModelValues,
  type NodeValues,
  type OnnxInput,
  onnxInputs,
  type PictureNode,
  type PictureOptions,
  type PictureOwner,
  pictureOf,
  reportOf,
  type StoredReport,
} from './compile.ts';
export * from './vm/library/debugger.ts';
export * from './vm/library/prover.ts';
export { type Verdict, type Verifiable, type VerifyOptions, verify } from './vm/library/verifying.ts';
