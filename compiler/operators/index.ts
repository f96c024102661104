// All operators of the ONNX default domain that this compiler knows: one line each.
import { Clip, Relu, Sigmoid, Tanh } from './activation.ts';
import { Add, Mul, Sub } from './arithmetic.ts';
import { BatchNormalization } from './batch-normalization.ts';
import { Constant } from './constant.ts';
import { Conv } from './convolution.ts';
import { Gemm, MatMul } from './gemm.ts';
import type { Operator } from './operator.ts';
import { AveragePool, GlobalAveragePool, MaxPool } from './pooling.ts';
import { Dropout, Flatten, Identity, Reshape, Squeeze, Transpose, Unsqueeze } from './relabel.ts';

export const OPERATORS: Readonly<Record<string, Operator>> = {
  Add,
  AveragePool,
  BatchNormalization,
  Clip,
  Constant,
  Conv,
  Dropout,
  Flatten,
  Gemm,
  GlobalAveragePool,
  Identity,
  MatMul,
  MaxPool,
  Mul,
  Relu,
  Reshape,
  Sigmoid,
  Squeeze,
  Sub,
  Tanh,
  Transpose,
  Unsqueeze,
};
