// M31 and QM31 in WGSL. Source: fri/core/m31.ts, fri/core/qm31.ts. Every function takes and returns canonical values 0..P-1; a QM31 is a
// vec4u of its coordinates. WGSL has no 64-bit product, so a product is built from 16-bit halves and reduced by 2^31 = 1.
// Caveat: the vector forms repeat the scalar ones, because WGSL has no generics.

export const M31_WGSL = /* wgsl */ `
const P: u32 = 0x7fffffffu;
fn madd(a: u32, b: u32) -> u32 { let s = a + b; return min(s, s - P); }
fn msub(a: u32, b: u32) -> u32 { let d = a - b; return min(d, d + P); }
fn mmul(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu; let a1 = a >> 16u; let b0 = b & 0xffffu; let b1 = b >> 16u;
  let m = a0 * b1 + a1 * b0;                      // < 2^32, as a1 and b1 are below 2^15
  let l = a0 * b0;
  let lo = l + (m << 16u);
  let hi = a1 * b1 + (m >> 16u) + select(0u, 1u, lo < l);
  let s = (lo & P) + ((hi << 1u) | (lo >> 31u));
  return min(s, s - P);
}
fn mrotate(a: u32, n: u32) -> u32 { return select((a >> n) | ((a << (31u - n)) & P), a, n == 0u); } // a / 2^n for n < 31
fn msquares(a: u32, n: u32) -> u32 { var r = a; for (var i = 0u; i < n; i++) { r = mmul(r, r); } return r; }
fn minverse(a: u32) -> u32 {
  let x2 = mmul(mmul(a, a), a);
  let x3 = mmul(mmul(x2, x2), a);
  let x6 = mmul(msquares(x3, 3u), x3);
  let x7 = mmul(mmul(x6, x6), a);
  let x14 = mmul(msquares(x7, 7u), x7);
  let x28 = mmul(msquares(x14, 14u), x14);
  let x29 = mmul(mmul(x28, x28), a);
  return mmul(msquares(x29, 2u), a);
}
`;

export const QM31_WGSL = /* wgsl */ `
${M31_WGSL}
fn qadd(a: vec4u, b: vec4u) -> vec4u { let s = a + b; return min(s, s - P); }
fn qsub(a: vec4u, b: vec4u) -> vec4u { let d = a - b; return min(d, d + P); }
fn qscale(a: vec4u, b: u32) -> vec4u {
  let a0 = a & vec4u(0xffffu); let a1 = a >> vec4u(16u); let b0 = b & 0xffffu; let b1 = b >> 16u;
  let m = a0 * b1 + a1 * b0;
  let l = a0 * b0;
  let lo = l + (m << vec4u(16u));
  let hi = a1 * b1 + (m >> vec4u(16u)) + select(vec4u(0u), vec4u(1u), lo < l);
  let s = (lo & vec4u(P)) + ((hi << vec4u(1u)) | (lo >> vec4u(31u)));
  return min(s, s - P);
}
// Karatsuba twice: nine products instead of sixteen
fn cmul(a: vec2u, b: vec2u) -> vec2u {
  let x = mmul(a.x, b.x);
  let y = mmul(a.y, b.y);
  return vec2u(msub(x, y), msub(msub(mmul(madd(a.x, a.y), madd(b.x, b.y)), x), y));
}
fn cadd(a: vec2u, b: vec2u) -> vec2u { let s = a + b; return min(s, s - P); }
fn csub(a: vec2u, b: vec2u) -> vec2u { let d = a - b; return min(d, d + P); }
// (e + f u)(g + h u) = (e g + (2 + i) f h) + (e h + f g) u
fn qmul(x: vec4u, y: vec4u) -> vec4u {
  let eg = cmul(x.xy, y.xy);
  let fh = cmul(x.zw, y.zw);
  let mixed = csub(csub(cmul(cadd(x.xy, x.zw), cadd(y.xy, y.zw)), eg), fh);
  let turned = vec2u(msub(madd(fh.x, fh.x), fh.y), madd(fh.x, madd(fh.y, fh.y)));
  return vec4u(cadd(eg, turned), mixed);
}
fn cinverse(a: vec2u) -> vec2u {
  let n = minverse(madd(mmul(a.x, a.x), mmul(a.y, a.y)));
  return vec2u(mmul(a.x, n), mmul(msub(0u, a.y), n));
}
// 1/(e + f u) = (e - f u)/(e² - (2 + i) f²)
fn qinverse(x: vec4u) -> vec4u {
  let e = x.xy;
  let f = x.zw;
  let ee = cmul(e, e);
  let ff = cmul(f, f);
  let n = cinverse(vec2u(msub(ee.x, msub(madd(ff.x, ff.x), ff.y)), msub(ee.y, madd(ff.x, madd(ff.y, ff.y)))));
  let g = cmul(e, n);
  let h = cmul(vec2u(msub(0u, f.x), msub(0u, f.y)), n);
  return vec4u(g, h);
}
`;
