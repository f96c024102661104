// What the page asks its workers, and what they answer. The page itself loads nothing of the library but types, so it paints before a prover is
// there. Source: the entries of the package. Caveat: types only; what crosses is copied, so a model stays where it was made and has a number here.
import type { CompileProgress, ModelPicture, OnnxInput, StoredReport } from 'zkvm/compiler';
import type { Checked, Device, Estimate, Inspected, ModelTensors, ProfileName, Progress, Proved, Ran, TensorInfo } from 'zkvm/prover';
import type { Verdict } from 'zkvm/verifier';

/** A compiled model as the page knows it. */
export interface ModelCard {
  /** the worker's number of it */
  readonly key: number;
  readonly name: string;
  readonly labels: readonly string[];
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** bytes of the .zkb file */
  readonly bytes: number;
  readonly contentHash: string;
  readonly strict: boolean;
  readonly stored: StoredReport | undefined;
  /** what the compiler remarked, for people */
  readonly notes: readonly string[];
  /** that it took to compile or to read */
  readonly ms: number;
}

export interface CompileQuestion {
  onnx: Uint8Array;
  calibration: readonly ModelTensors[];
  name: string;
  labels?: readonly string[];
  acceptError?: number;
}

export interface ProverCard {
  backend: string;
  /** why that one, in the library's words */
  why: string;
  isolated: boolean;
}

export interface Question<Ask, Answer, Told = never> {
  ask: Ask;
  answer: Answer;
  told: Told;
}

/** what the worker that holds models and proves answers */
export interface MakerQuestions {
  start: Question<{ device: Device }, ProverCard>;
  compile: Question<CompileQuestion, ModelCard, CompileProgress>;
  onnxInputs: Question<{ onnx: Uint8Array }, readonly OnnxInput[]>;
  load: Question<{ zkb: Uint8Array }, ModelCard>;
  forget: Question<{ key: number }, undefined>;
  /** with histograms where it was compiled here */
  picture: Question<{ key: number }, ModelPicture>;
  /** the .zkb file */
  file: Question<{ key: number }, Uint8Array>;
  /** what who verifies needs, for one profile */
  record: Question<{ key: number; profile: ProfileName }, { bytes: Uint8Array; modelId: string }>;
  run: Question<{ key: number; inputs: ModelTensors }, Ran>;
  estimate: Question<{ key: number; profile: ProfileName }, Estimate>;
  prepare: Question<{ key: number; profile: ProfileName }, { ms: number }>;
  prove: Question<
    { key: number; inputs: ModelTensors; profile: ProfileName; context?: Uint8Array },
    Proved & { ms: number; prover: ProverCard },
    Progress
  >;
  inspect: Question<{ bytes: Uint8Array }, Inspected>;
  check: Question<{ trace: Uint8Array }, Checked>;
}

/** what the worker that verifies answers: it has no weights and no prover */
export interface VerifierQuestions {
  verify: Question<
    { proof: Uint8Array; record: Uint8Array; profiles?: readonly ProfileName[] },
    Verdict & { ms: number; names: readonly string[] }
  >;
}

export type AskOf<Q, K extends keyof Q> = Q[K] extends Question<infer Ask, unknown, unknown> ? Ask : never;
export type AnswerOf<Q, K extends keyof Q> = Q[K] extends { answer: infer Answer } ? Answer : never;
export type ToldOf<Q, K extends keyof Q> = Q[K] extends { told: infer Told } ? Told : never;
