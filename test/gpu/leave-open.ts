// A process that uses the device and ends without giving it back: run by webgpu.test.ts, which looks at its exit code.
import { webgpuBackend } from '../../gpu/webgpu/backend.ts';

const backend = await webgpuBackend({ allowSoftware: true });
const block = await backend.upload([new Uint32Array(64).fill(7)], 6);
await backend.commit([block]);
console.log('committed');
