// The commands and their options as one table: main.ts parses with it, the help is printed from it, and the type of what a command's module
// gets follows from it, so that a wrong option name is an error of tsc. Source: README "Command line". Caveat: this file must import nothing
// heavy, so that `zkvm --help` stays fast; a command's module is found by main.ts.

import { BACKEND_NAMES, BACKENDS } from '../gpu/backends.ts';
import { CHAIN_OPTIONS, CLASS_OPTION, CONTRACT_OPTION, NODE_OPTIONS, PRICE_OPTIONS } from './chain-options.ts';
import type { ArgumentsOf, CommandSpec, OptionSpec, OptionSpecs } from './command.ts';
import { CONSUMER_HELP, CONSUMERS } from './consumers.ts';
import type { Terminal } from './io/terminal.ts';
import { LIMIT_OPTIONS } from './serve/limits.ts';

const json = { type: 'boolean', describe: 'print one JSON object on stdout' } as const satisfies OptionSpec;
const context = {
  type: 'string',
  describe: "hex bytes of the caller's choice that the proof is bound to (a nonce, a contract)",
} as const satisfies OptionSpec;
const allowUndetermined = {
  type: 'boolean',
  describe: 'go on with a program that is not known to have one answer (see `zkvm audit`)',
} as const satisfies OptionSpec;
const strictRun = {
  type: 'boolean',
  describe:
    'refuse a run whose values leave the ranges that the model was calibrated for, or whose answer rounding decides (exit 4), instead of warning',
} as const satisfies OptionSpec;
const output = (describe: string) => ({ type: 'string', alias: 'o', describe, required: true }) as const satisfies OptionSpec;
const tensorInput = {
  type: 'string',
  alias: 'i',
  describe:
    'inputs: {"name": nested array}, {"input_data": [[…]]}, .npy, .npz or a line of .csv; name=file.npy for one of several; - reads stdin',
  many: true,
  reads: true,
} as const satisfies OptionSpec;

const store = {
  type: 'string',
  describe: 'models and pieces that machines share: a folder that all see, or s3://bucket/prefix (ZKVM_STORE)',
} as const satisfies OptionSpec;
/** of the limits of the service, those of whoever proves */
const { workers, threads, cache, 'job-seconds': jobSeconds, 'lease-seconds': leaseSeconds } = LIMIT_OPTIONS;
const WORKER_LIMITS = {
  workers,
  threads,
  cache,
  'job-seconds': jobSeconds,
  'lease-seconds': leaseSeconds,
  'store-seconds': LIMIT_OPTIONS['store-seconds'],
  'grace-seconds': LIMIT_OPTIONS['grace-seconds'],
} as const satisfies OptionSpecs;

const THREADED = BACKENDS.filter(({ threaded }) => threaded)
  .map(({ name }) => name)
  .join(' or ');

/** options of every command */
export const EVERYWHERE = {
  quiet: { type: 'boolean', alias: 'q', describe: 'say nothing on stderr but warnings and errors' },
  verbose: { type: 'boolean', describe: 'say every step, and where an error came from' },
} as const satisfies OptionSpecs;

const PROFILE = { type: 'string', choices: ['proven', 'fast', 'chain', 'test'], renamed: { local: 'fast' } } as const;

export const COMMANDS = {
  compile: {
    file: { name: 'model.onnx', describe: 'an ONNX file' },
    describe: 'compile an ONNX model to bytecode and integer weights; the hash of the result is the model id',
    options: {
      output: output('where the .zkb file goes'),
      calibrate: {
        type: 'string',
        alias: 'c',
        describe:
          'samples: JSON, one input or a list; JSON lines; .npy, .npz or CSV, whose first axis counts them; name=file for each of several inputs: fixes the ranges of the integers',
        many: true,
        reads: true,
      },
      batch: { type: 'number', describe: 'samples in one proof, 1 to 16 (dense models)' },
      labels: { type: 'string', describe: 'names of the classes: a,b,c or a file with one a line or a JSON list' },
      dim: { type: 'string', describe: 'a size that the model leaves open and the samples do not say: seq=128', many: true },
      range: {
        type: 'string',
        describe:
          'least and most of an input, instead of what the samples show: pixels=0,1; no number inside saturates at the input, none outside can be run; it goes on to zero',
        many: true,
      },
      'commit-input': {
        type: 'string',
        describe:
          'an input that statements name by the root of a tree of its words (zkvm commit-input), so that it costs the chain one felt; it is not hidden',
        many: true,
      },
      name: { type: 'string', describe: "the model's name; default: the ONNX graph's" },
      accuracy: {
        type: 'number',
        describe:
          'largest error of an output on the samples, as a share of its largest value: bits are chosen to meet it, and what misses it is refused; default 0.01',
      },
      'accept-error': {
        type: 'number',
        describe: 'take a larger error knowingly, up to this share; the file, run and verify say so (integers that are off count as 1)',
      },
      strict: {
        type: 'boolean',
        describe: 'tables end where the samples do: an input that leaves their ranges cannot be run or proved, instead of saturating',
      },
      'no-augment': {
        type: 'boolean',
        describe: 'take the samples alone; beside fewer than 16 of them, inputs near them are made for ranges and bits otherwise',
      },
      bits: { type: 'number', describe: 'bits of the activations, 8 to 15, instead of an accuracy' },
      report: {
        type: 'string',
        describe: 'where a page for a browser goes: the graph, errors and values of every node, all cells of a proof',
      },
      json,
    },
    example: 'zkvm compile model.onnx -o model.zkb --calibrate samples.json',
  },
  operators: {
    describe: 'list the ONNX operators that `compile` takes, and their operator sets',
    options: { json },
    example: 'zkvm operators',
  },
  run: {
    file: { name: 'model.zkb', describe: 'a compiled model' },
    describe: 'run a model on an input; prints the output and writes the trace',
    options: {
      input: { ...tensorInput, required: true },
      output: { ...output('where the trace goes'), required: false },
      context,
      strict: strictRun,
      'allow-undetermined': allowUndetermined,
      json,
    },
    example: 'zkvm run model.zkb --input x.json -o trace.bin',
  },
  check: {
    file: { name: 'trace.bin', describe: 'a trace' },
    describe: 'check every constraint on every row of a trace, without proving',
    options: { json },
    example: 'zkvm check trace.bin',
  },
  trace: {
    file: { name: 'trace.bin', describe: 'a trace' },
    describe:
      'walk through a run: its steps, one step in full, and why an output is what it is; exit 4 and what fails where the trace is wrong',
    options: {
      step: { type: 'number', describe: 'this step in full: tensors read and written, accumulator, rows and lookups of each chip' },
      node: { type: 'string', describe: 'the steps of ONNX nodes with this in their name' },
      opcode: { type: 'string', describe: 'the steps with this instruction (MAC, STORE, …)' },
      address: { type: 'string', describe: 'the steps that touch this word: ram+12, rom+3' },
      why: { type: 'string', describe: 'from an element of an output back to what it was computed from: output[3], output[0,3]' },
      open: { type: 'boolean', describe: 'write all of it as one page for a browser, which loads nothing; prints its path' },
      output: { ...output('where the page of --open goes; default: beside the trace, trace.html'), required: false },
      json,
    },
    example: 'zkvm trace trace.bin --why output[7]',
  },
  prove: {
    file: { name: 'file', describe: 'a trace, or a compiled model with inputs' },
    describe: 'prove a trace, or a model on one input or several',
    options: {
      output: output('where the proof goes; a folder (name/) for several'),
      input: { ...tensorInput, describe: `${tensorInput.describe}; of a model; several files without a name are a proof each` },
      inputs: { type: 'string', describe: 'a folder of inputs (.json, .npy, .npz, .csv), a proof each' },
      context: { ...context, describe: `${context.describe}; of a model's run` },
      profile: { ...PROFILE, describe: 'security profile', default: 'proven' },
      backend: { type: 'string', describe: 'who does the arithmetic', choices: BACKEND_NAMES, default: 'auto' },
      threads: { type: 'number', describe: `threads of the ${THREADED} backend; default: all of the machine` },
      memory: {
        type: 'string',
        describe: 'bytes that the process may have (2GB, 800MB); a run that does not fit is proved in shards; default: what is free',
      },
      resume: {
        type: 'string',
        describe:
          'a folder that keeps finished shards of a run that is proved in several; with --memory: the same command goes on from them',
      },
      'profile-out': { type: 'string', describe: 'where a Chrome trace of the time goes: a span for each step, a track for each thread' },
      strict: strictRun,
      'allow-undetermined': allowUndetermined,
      json,
    },
    example: 'zkvm prove model.zkb --input x.json -o proof.bin',
  },
  verify: {
    file: { name: 'proof.bin', describe: 'a proof' },
    describe: 'verify a proof against a model and say what it proves; exit 0 accepted, 3 rejected',
    options: {
      model: { type: 'string', alias: 'm', describe: 'the compiled model (.zkb)' },
      part: { type: 'string', describe: 'another file with shards of the same proof, if they are not all in one', many: true, reads: true },
      record: { type: 'string', alias: 'r', describe: 'its record instead, which has no weights (see `zkvm record`)' },
      input: { ...tensorInput, describe: 'the inputs must be these; of a committed one the root is made again' },
      root: {
        type: 'string',
        describe: 'the committed input must have this root (see `zkvm commit-input`): name=root, or the root where there is one',
        many: true,
      },
      output: { type: 'string', alias: 'o', describe: 'the outputs must be these (JSON, as `run --json` prints them)', reads: true },
      context: { ...context, describe: 'the context must be this' },
      chain: { type: 'boolean', describe: 'let the contract on Starknet verify it, in one transaction' },
      ...CHAIN_OPTIONS,
      contract: CONTRACT_OPTION,
      class: CLASS_OPTION,
      profile: {
        ...PROFILE,
        describe: 'acceptable profile, may be given several times',
        many: true,
      },
      'allow-undetermined': allowUndetermined,
      json,
    },
    example: 'zkvm verify proof.bin --model model.zkb',
  },
  record: {
    file: { name: 'model.zkb', describe: 'a compiled model' },
    describe: 'write what a verifier needs of a model and no weights: ids, roots, inputs and outputs; kilobytes',
    options: {
      output: output('where the record goes'),
      profile: {
        ...PROFILE,
        describe: 'profile that proofs may have, may be given several times; default: all that the model is small enough for',
        many: true,
      },
      json,
    },
    example: 'zkvm record model.zkb -o model.record',
  },
  'commit-input': {
    file: { name: 'model.zkb', describe: 'a compiled model, or its record' },
    describe:
      'print the root that a statement has instead of the elements of a committed input; it is a commitment, and hides nothing from who guesses',
    options: {
      input: { ...tensorInput, required: true },
      output: { type: 'string', alias: 'o', describe: 'where the roots go, as JSON' },
      profile: { ...PROFILE, default: 'proven', describe: 'profile of the proofs: a root belongs to its blowup' },
      json,
    },
    example: 'zkvm commit-input model.zkb --input x.json --profile chain',
  },
  audit: {
    file: { name: 'model.zkb', describe: 'a compiled model' },
    describe: 'say whether a model has one answer for every input, and the ids of what was looked at; exit 0 if so, 3 if not',
    options: { json },
    example: 'zkvm audit model.zkb',
  },
  estimate: {
    file: { name: 'model.zkb', describe: 'a compiled model' },
    describe:
      'say what a proof will cost: cells by chip and node, time (cold and warm), memory, proof bytes; on Starknet calldata, gas, STRK and USD',
    options: {
      profile: { ...PROFILE, describe: 'security profile', default: 'proven' },
      memory: { type: 'string', describe: 'bytes that a process may have (2GB, 800MB): how many shards that makes; default: what is free' },
      rpc: { type: 'string', describe: 'a Starknet node whose price of gas is taken; with --profile chain' },
      'rpc-timeout': NODE_OPTIONS['rpc-timeout'],
      ...PRICE_OPTIONS,
      json,
    },
    example: 'zkvm estimate model.zkb --profile chain',
  },
  inspect: {
    file: { name: 'file', describe: 'any artifact: .onnx, .zkb, record, trace or proof' },
    describe: 'show what is in a file',
    options: {
      code: { type: 'boolean', describe: 'disassemble the program' },
      cells: { type: 'boolean', describe: 'which chip and which ONNX node of a compiled model costs what' },
      json,
    },
    example: 'zkvm inspect model.zkb --code',
  },
  doctor: {
    describe: 'say what this machine offers (threads, SIMD, memory, GPU) and what `--backend auto` would choose, and why',
    options: { json },
    example: 'zkvm doctor',
  },
  completion: {
    describe: 'print a script that lets a shell complete commands and options',
    options: {
      shell: { type: 'string', choices: ['bash', 'zsh', 'fish'], describe: 'the shell that reads it', default: 'bash' },
    },
    example: 'eval "$(zkvm completion)"',
  },
  calldata: {
    file: { name: 'proof.bin', describe: 'a proof of the chain profile' },
    describe: 'verify a proof and print it as the felts of a Starknet call, a JSON list',
    options: {
      model: { type: 'string', alias: 'm', describe: 'the compiled model (.zkb)', required: true },
      output: { ...output('where the list goes; default: stdout'), required: false },
      'allow-undetermined': allowUndetermined,
    },
    example: 'zkvm calldata proof.bin --model model.zkb -o calldata.json',
  },
  deploy: {
    describe: 'declare and deploy the registry and verifier contract on Starknet, or a contract that uses it',
    options: {
      ...CHAIN_OPTIONS,
      consumer: {
        type: 'string',
        choices: CONSUMERS,
        describe: `a contract that uses proofs, instead of the registry. Its arguments: ${CONSUMER_HELP}`,
      },
      arg: {
        type: 'string',
        describe: "an argument of the consumer's constructor, name=value; registry: default ZKVM_CONTRACT",
        many: true,
      },
      class: { type: 'string', describe: 'hash of a class that is declared already: deploy an instance of it, declare nothing' },
      json,
    },
    example: 'zkvm deploy --rpc http://127.0.0.1:5050/rpc',
  },
  abi: {
    describe: 'print the ABI of the registry, or of a contract that uses it',
    options: {
      consumer: { type: 'string', choices: CONSUMERS, describe: 'a contract that uses proofs, instead of the registry' },
      typescript: { type: 'boolean', describe: 'as a module that contractCall of zkvm/starknet takes types from' },
    },
    example: 'zkvm abi --consumer airdrop --typescript > airdrop-abi.ts',
  },
  register: {
    file: { name: 'model.zkb', describe: 'a compiled model' },
    describe: 'register a model with the contract; prints the context for the next proof',
    options: {
      ...CHAIN_OPTIONS,
      contract: CONTRACT_OPTION,
      class: CLASS_OPTION,
      nonce: { type: 'string', describe: 'nonce of the context; default 1' },
      extra: { type: 'string', describe: 'a felt that a consumer contract wants in the context, often its address', many: true },
      'allow-undetermined': allowUndetermined,
      json,
    },
    example: 'zkvm register model.zkb --contract 0x…',
  },
  fact: {
    file: { name: 'statement', describe: 'the hash of a statement (verify prints it), or a proof' },
    describe:
      'ask the contract on Starknet whether a statement is proven, and of which model; exit 0 if it is a fact, 3 if not; needs no account',
    options: {
      ...NODE_OPTIONS,
      contract: CONTRACT_OPTION,
      class: CLASS_OPTION,
      json,
    },
    example: 'zkvm fact proof.bin --contract 0x…',
  },
  serve: {
    servesSignals: true,
    describe: 'serve over HTTP: upload models, submit inputs, fetch proofs; jobs outlive the process (key: ZKVM_API_KEY)',
    options: {
      data: { type: 'string', describe: 'folder of models, jobs and proofs; default zkvm-data (ZKVM_DATA)' },
      queue: {
        type: 'string',
        describe: 'Redis or Valkey, redis://host:6379: other machines prove, those of `zkvm worker`; needs --store (ZKVM_QUEUE)',
      },
      store,
      host: { type: 'string', describe: 'address to listen on; default 127.0.0.1, others need a key (ZKVM_HOST)' },
      ...LIMIT_OPTIONS,
      backend: { type: 'string', describe: 'who does the arithmetic', choices: ['auto', 'wasm', 'js'], default: 'auto' },
      insecure: { type: 'boolean', describe: 'listen beyond this machine without a key' },
      'no-page': { type: 'boolean', describe: 'show no page at /: the addresses of the service alone' },
      json,
    },
    example: 'zkvm serve --data zkvm-data --port 8080',
  },
  worker: {
    servesSignals: true,
    describe: 'prove for a `zkvm serve --queue` on another machine: takes pieces of proofs until it is told to end',
    options: {
      queue: { type: 'string', describe: 'Redis or Valkey, redis://host:6379 (ZKVM_QUEUE)' },
      store,
      data: { type: 'string', describe: 'folder for models that were fetched; default zkvm-worker (ZKVM_DATA)' },
      name: { type: 'string', describe: "the machine's name in the logs; default: the host's, and the process's number (ZKVM_NAME)" },
      ...WORKER_LIMITS,
      backend: { type: 'string', describe: 'who does the arithmetic', choices: ['auto', 'wasm', 'js'], default: 'auto' },
      json,
    },
    example: 'zkvm worker --queue redis://host:6379 --store s3://bucket/zkvm',
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;

export type CommandName = keyof typeof COMMANDS;

/** What a command's module gets. */
export type Arguments<Name extends CommandName> = ArgumentsOf<(typeof COMMANDS)[Name]>;

/** Runs a command. @returns the exit code */
export type Command<Name extends CommandName> = (args: Arguments<Name>, terminal: Terminal) => Promise<number>;
