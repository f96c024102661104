// The models that the page brings along, from test/models. Caveat: small ones on purpose; the build copies their files, so there is no second
// copy of them in the tree.

export interface Shipped {
  /** its folder in test/models, and in the built page under `models/` */
  folder: string;
  labels: readonly string[];
  /** drawings are averaged over this many squares a side before they get the model's own size, as its training data were */
  grid: number;
}

const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

export const SHIPPED = {
  digits: { folder: 'digits_mlp', labels: DIGITS, grid: 8 },
  lenet: { folder: 'lenet', labels: DIGITS, grid: 8 },
} as const satisfies Readonly<Record<string, Shipped>>;

export type ShippedName = keyof typeof SHIPPED;

/** what of a folder is served */
export const SHIPPED_FILES = ['model.onnx', 'calib.json'] as const;
