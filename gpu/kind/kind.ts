// What a backend says of itself before there is one: its name, whether it runs here, what a proof will take, how it is started. Whoever offers
// a choice of backends goes through the list in gpu/backends.ts and asks. Source: DESIGN §9. Caveat: an estimate is one; whether a proof fits
// a device is known when the device is asked (`reserve` of fri/backend/seam.ts).
import type { Backend } from '../../fri/backend/seam.ts';
import type { Layout } from '../../fri/pcs/layout.ts';
import type { Profile } from '../../fri/pcs/profile.ts';

/** What there is of a backend here. */
export interface Availability {
  /** why it cannot run here; undefined where it can */
  missing?: string;
  /** why `auto` leaves it alone although it could run */
  refused?: string;
  /** what it would run on, for people: 'WASM-SIMD on 2 threads' */
  runsOn?: string;
  /** facts for people: name and value */
  lines: readonly (readonly [name: string, value: string])[];
  /** facts for programs */
  facts: Readonly<Record<string, unknown>>;
}

/** A backend that runs. */
export interface StartedBackend {
  backend: Backend;
  /** what it runs on, for people */
  runsOn: string;
  /** bytes that its handles take now; one whose handles are left to the garbage collector has nothing to tell */
  usedBytes?(): number;
  /** gives threads, memory and device back */
  close(): Promise<void>;
}

/** What a thread did in one phase. */
export interface ThreadSpan {
  /** 'thread 2' is the first beside the calling one */
  track: string;
  /** the kernel that it began with */
  label: string;
  /** on the clock of performance.now() */
  startMs: number;
  ms: number;
}

/** What a proof takes of the process that makes it. */
export interface HostEstimate {
  /** on the machine that the rates were measured on, warm */
  proveMs: number;
  /** what the first proof of a process takes more: code is compiled, memory is asked for */
  firstMs: number;
  /** columns, trees and layers at their most */
  columnBytes: number;
  /** the process before any column */
  processBytes: number;
  /** threads, and garbage that waits for the collector */
  otherBytes: number;
  /** most bytes of columns, and what holds no more */
  limit?: { bytes: number; holder: string };
}

/** What a proof takes of a device. */
export interface DeviceEstimate {
  /** buffers in use at one time, at most */
  peakBytes: number;
  /** the largest buffer that cannot be split into groups of columns */
  largestBufferBytes: number;
}

interface Common<Options> {
  readonly name: string;
  /** for people: 'WebGPU' */
  readonly title: string;
  /** whether it takes a number of threads */
  readonly threaded: boolean;
  /** a native driver is behind it, which may end the process that looks for it: ask for `availability` in another one where there is one */
  readonly native: boolean;
  readonly auto: {
    /** cells of a proof from which on it pays to look for it */
    readonly fromCells: number;
    /** when it fails in the middle of a proof, the proof starts again with the next one of the list */
    readonly yields: boolean;
    /** whether `auto` may start it with these options */
    tries(options: Options): boolean;
  };
  availability(): Promise<Availability>;
  /** @throws kind 'backend' when it cannot run here */
  start(options: Options): Promise<StartedBackend>;
}

/** A backend whose columns are in the memory of the process. */
export interface HostKind<Options = object> extends Common<Options> {
  readonly memory: 'process';
  estimate(layout: Layout, profile: Profile, threads: number): HostEstimate;
  /** milliseconds of transform and hash of so many columns on the machine that the rates were measured on, warm */
  commitMs(columns: number, logSize: number, logBlowup: number, threads: number): number;
}

/** A backend whose columns are in the memory of a device. */
export interface DeviceKind<Options = object> extends Common<Options> {
  readonly memory: 'device';
  estimate(layout: Layout, profile: Profile): DeviceEstimate;
}

export type BackendKind<Options = object> = HostKind<Options> | DeviceKind<Options>;
