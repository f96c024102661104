// Components whose registers were proved to forget (air/registers.ts), by digest, so that a process need not prove it again.
// Written by `npm run gen`, which proves first. Caveat: a test proves all of them again, whatever stands here.
export const PROVED: ReadonlySet<string> = new Set([
  'b2a8fc2cb3b9acb75b2daf53891092e5ace062a326bffff0e3d9afccfc1996', // mac
  '3c0cdbc99d5b46c7480ac0637c4ecaa5e50216e4b7259a310cd9ebcd7b2c53', // store
]);
