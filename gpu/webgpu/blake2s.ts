// Blake2s in WGSL: one compression of 16 words into a state of 8. Source: RFC 7693; fri/core/blake2s.ts. The ten rounds are written out,
// because a message word under a computed index would leave the registers. Caveat: the caller counts bytes and truncates digests.
import { initialState, PURPOSE, ROUND_ORDERS } from '../../fri/core/blake2s.ts';

/** state words of a step's four columns, then its four diagonals */
const QUARTERS = ['048c', '159d', '26ae', '37bf', '05af', '16bc', '278d', '349e'];

function rounds(): string {
  const lines: string[] = [];
  for (const order of ROUND_ORDERS)
    QUARTERS.forEach((quarter, i) => {
      const [a, b, c, d] = [...quarter].map((digit) => `v${digit}`);
      const x = `m${order[2 * i]}`;
      const y = `m${order[2 * i + 1]}`;
      lines.push(
        `${a} += ${b} + ${x}; ${d} = turn(${d} ^ ${a}, 16u); ${c} += ${d}; ${b} = turn(${b} ^ ${c}, 12u);`,
        `${a} += ${b} + ${y}; ${d} = turn(${d} ^ ${a}, 8u); ${c} += ${d}; ${b} = turn(${b} ^ ${c}, 7u);`,
      );
    });
  return lines.join('\n  ');
}

const HEX = [...'0123456789abcdef'];
const IV = initialState(0);
IV[0]! ^= 0x01010020;

const words = (state: Uint32Array): string => [...state].map((w) => `${w >>> 0}u`).join(', ');

/**
 * `State` (two halves of four words), the initial states, and `compress(h, m0, …, mf, bytes, last)`, where `last` is 0xffffffff for the
 * last block and 0 otherwise.
 */
export const BLAKE2S_WGSL = /* wgsl */ `
struct State { low: vec4u, high: vec4u }
fn turn(x: u32, n: u32) -> u32 { return (x >> n) | (x << (32u - n)); }
fn leafState() -> State { return State(vec4u(${words(initialState(PURPOSE.LEAF).subarray(0, 4))}), vec4u(${words(initialState(PURPOSE.LEAF).subarray(4))})); }
fn nodeState() -> State { return State(vec4u(${words(initialState(PURPOSE.NODE).subarray(0, 4))}), vec4u(${words(initialState(PURPOSE.NODE).subarray(4))})); }
fn workState() -> State { return State(vec4u(${words(initialState(PURPOSE.WORK).subarray(0, 4))}), vec4u(${words(initialState(PURPOSE.WORK).subarray(4))})); }
fn compress(h: State, ${HEX.map((d) => `m${d}: u32`).join(', ')}, bytes: u32, last: u32) -> State {
  var v0 = h.low.x; var v1 = h.low.y; var v2 = h.low.z; var v3 = h.low.w;
  var v4 = h.high.x; var v5 = h.high.y; var v6 = h.high.z; var v7 = h.high.w;
  var v8 = ${IV[0]! >>> 0}u; var v9 = ${IV[1]}u; var va = ${IV[2]}u; var vb = ${IV[3]}u;
  var vc = ${IV[4]}u ^ bytes; var vd = ${IV[5]}u; var ve = ${IV[6]}u ^ last; var vf = ${IV[7]}u;
  ${rounds()}
  return State(h.low ^ vec4u(v0, v1, v2, v3) ^ vec4u(v8, v9, va, vb), h.high ^ vec4u(v4, v5, v6, v7) ^ vec4u(vc, vd, ve, vf));
}
const DIGEST_MASK: u32 = 0x00ffffffu;
`;
