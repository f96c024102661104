// Components whose registers were proved to forget (air/registers.ts), by digest, so that a process need not prove it again.
// Written by `npm run gen`, which proves first. Caveat: a test proves all of them again, whatever stands here.
export const PROVED: ReadonlySet<string> = new Set([
  '2ab36eba3dbbcfa8ed05ad35df4d5be0ddeeb4aed2ee9e61ec1c8ba769ecc8', // mac
  '69073b2eef30a95c34d3bd75d104cab2737d95b132c13445230aed463c9a3f', // store
]);
