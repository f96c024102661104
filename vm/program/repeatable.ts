// Numbers that look random and are the same every time, so that a model gives one program and a run one warning. Source: the linear congruential
// generator of Numerical Recipes. Caveat: anyone can tell the next one, and low bits repeat soon; nothing that hides or is drawn for a proof is from here.

/** Numbers in [0, 1), one a call. */
export function repeatableNumbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
