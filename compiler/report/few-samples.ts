// Few calibration samples: what was measured on them says little of other inputs, and whoever compiles or looks at the file is told.
// Caveat: many samples that are all alike are as few, and nobody is told of those.

/** from so many samples on nothing is said */
const ENOUGH = 8;

/** One line, where the samples are few. @param samples that the accuracy was measured on */
export const fewSamples = (samples: number): string[] =>
  samples < ENOUGH
    ? [
        `only ${samples} calibration ${samples === 1 ? 'sample' : 'samples'}: so few do not measure how accurate other inputs are; ${ENOUGH} or more that differ do better`,
      ]
    : [];
