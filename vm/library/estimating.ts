// What a proof will cost, before it is made. Source: vm/estimate/. Caveat: times are medians at the speed that this machine has right
// now, which takes half a second to measure; other work on it is measured too.
import { DEFAULT_PROFILE, type ProfileName, profileNamed } from '../../fri/pcs/profile.ts';
import { type SecurityReport, securityRefusal } from '../../fri/pcs/security.ts';
import { BACKENDS } from '../../gpu/backends.ts';
import { costOf, countingRun } from '../estimate/cost.ts';
import { predictHere, securedHere } from '../estimate/here.ts';
import { availableBytes } from '../estimate/memory.ts';
import { layoutOfSizes } from '../estimate/predict.ts';
import { type OptionKinds, requireModel, requireOptions } from './arguments.ts';
import type { Model } from './model.ts';
import type { ProveOptions } from './prover-interface.ts';
import { pause, unlessAborted } from './signals.ts';

/**
 * Time and memory on one device.
 * @example
 * const { devices } = await estimate(model);
 * for (const { device, proveMs, peakBytes } of devices) console.log(device, proveMs, peakBytes);
 */
export interface DevicePrediction {
  device: string;
  threads: number;
  /** of one proof of a warm prover; undefined for a device whose rates nobody knows */
  proveMs: number | undefined;
  /** of the process, or of the device */
  peakBytes: number;
  /** that the proof is made in, more than one where it does not fit as a whole; undefined where it does not fit at all */
  shards: number | undefined;
}

/**
 * What a proof of a model costs.
 * @example
 * const { cells, proofBytes, refused } = await estimate(model, { profile: 'proven' });
 * if (refused) console.log('not under this profile:', refused);
 */
export interface Estimate {
  profile: ProfileName;
  /** committed cells */
  cells: number;
  cellsByChip: Readonly<Record<string, number>>;
  /** cells by ONNX node, in the model's order */
  nodes: readonly { node: string; cells: number }[];
  proofBytes: number;
  security: SecurityReport;
  /** why a proof would be refused under this profile; undefined where it would not */
  refused: string | undefined;
  devices: readonly DevicePrediction[];
}

/**
 * What is estimated.
 * @example const options: EstimateOptions = { profile: 'fast' };
 */
export type EstimateOptions = Pick<ProveOptions, 'profile' | 'signal'>;

const OPTIONS: OptionKinds<EstimateOptions> = { profile: 'text', signal: 'signal' };

/**
 * Cells, time, memory and proof size of a model, without an input.
 * @example
 * const { cells, devices, proofBytes } = await estimate(model, { profile: 'fast' });
 */
export async function estimate(model: Model, options: EstimateOptions = {}): Promise<Estimate> {
  requireOptions(options, 'estimate', OPTIONS);
  requireModel(model);
  const { profile: name = DEFAULT_PROFILE.name as ProfileName, signal } = options;
  const { program } = model;
  const profile = profileNamed(name);
  await pause(signal);
  const execution = countingRun(program);
  await pause(signal);
  const { cells, cellsByChip, instances, nodes, proof } = costOf(program, profile, execution);
  const layout = layoutOfSizes(instances);
  const here = await unlessAborted(
    predictHere(execution, profile, availableBytes(), () => pause(signal)),
    signal,
  );
  const devices: DevicePrediction[] = [
    ...here.map(({ prediction: { backend, threads, proveMs, peakBytes }, plan }) => ({
      device: backend,
      threads,
      proveMs,
      peakBytes,
      shards: plan?.shards.length,
    })),
    ...BACKENDS.flatMap((kind) =>
      kind.memory === 'device'
        ? [{ device: kind.name, threads: 1, proveMs: undefined, peakBytes: kind.estimate(layout, profile).peakBytes, shards: 1 }]
        : [],
    ),
  ];
  const { security, profile: secured } = securedHere(here, execution, profile);
  return {
    profile: name,
    cells,
    cellsByChip,
    nodes: nodes.map((node) => ({ node: node.node, cells: node.cells })),
    proofBytes: proof.bytes,
    security,
    refused: securityRefusal(security, secured)?.why,
    devices,
  };
}
