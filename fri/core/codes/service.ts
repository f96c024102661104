// The HTTP service: codes ZK09. Caveat: codes are stable and never used again for something else; titles and texts may be improved.
import type { CodeTable } from './entry.ts';

export const SERVICE_CODES = {
  ZK0901: {
    kinds: ['usage'],
    title: 'A package that the service needs is not installed',
    help: 'Only `zkvm serve` and `zkvm worker` need it, so it is not installed with zkvm. The message has the command.',
  },
  ZK0902: {
    kinds: ['usage'],
    title: 'The data folder is in use',
    help: 'One process owns a data folder. Stop the other one, or take another folder with --data.',
  },
  ZK0903: {
    kinds: ['usage'],
    title: 'The data folder cannot be used',
    help: "It cannot be written, or holds the jobs of a newer release. The system's reason stands in the message.",
  },
  ZK0904: {
    kinds: ['usage'],
    title: 'Without a key the service answers this machine alone',
    help: 'Set ZKVM_API_KEY to at least 16 characters of ASCII without blanks, or say --insecure where something else keeps strangers out.',
  },
  ZK0905: {
    kinds: ['usage'],
    title: 'The address cannot be listened on',
    help: 'Another process has the port, or it is not an address of this machine.',
  },
  ZK0906: {
    kinds: ['usage'],
    title: 'A limit of the service does not fit',
    help: 'It comes from an option or from the environment; the message says which and what is allowed.',
  },
  ZK0907: {
    kinds: ['usage'],
    title: 'The queue cannot be used',
    help: '--queue takes the address of a Redis or Valkey server, redis://[user:password@]host:port[/number] or rediss:// with TLS. It must answer when zkvm starts; when it goes away later, work goes on when it is back.',
  },
  ZK0908: {
    kinds: ['usage'],
    title: 'The store of models and artefacts cannot be used',
    help: '--store takes a folder that all machines see, or s3://bucket/prefix with the settings of the AWS SDK in the environment: AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, and AWS_ENDPOINT_URL for stores that are not those of AWS.',
  },
  ZK0910: { kinds: ['usage'], title: 'The API key is missing or wrong', help: 'Send `Authorization: Bearer KEY` with every request.' },
  ZK0911: {
    kinds: ['usage'],
    title: 'There is nothing at this address',
    help: '`/openapi.json` lists all addresses and methods.',
  },
  ZK0912: { kinds: ['usage'], title: 'There is no such model or job', help: 'It was never there, or it was deleted.' },
  ZK0913: {
    kinds: ['usage'],
    title: 'The request is too large',
    help: 'Whoever runs the service sets the limits with --max-body and --max-input.',
  },
  ZK0914: {
    kinds: ['usage'],
    title: 'The request does not have the form that this address takes',
    help: '`/openapi.json` says which fields there are, and of which type.',
  },
  ZK0915: { kinds: ['usage'], title: 'Too many requests', help: 'Wait as long as `Retry-After` says. The limit is set with --rate.' },
  ZK0916: { kinds: ['usage'], title: 'The queue is full', help: 'Nothing was taken. Send the request again when jobs have finished.' },
  ZK0917: { kinds: ['usage'], title: 'There are as many models as the service keeps', help: 'Delete one that is not needed.' },
  ZK0918: {
    kinds: ['usage'],
    title: 'The Idempotency-Key was used for another request',
    help: 'A key stands for one request and its jobs, also when one of them was deleted. Take a new one for a new request.',
  },
  ZK0919: {
    kinds: ['usage'],
    title: 'The state of the job or model does not allow that',
    help: 'A job has a proof when it is done; it can be deleted when it has ended; a model when none of its jobs waits.',
  },
  ZK0920: { kinds: ['usage'], title: 'The service stops', help: 'Accepted jobs are kept. Send the request again when it runs.' },
  ZK0921: {
    kinds: ['usage'],
    title: 'The job took longer than the service allows',
    help: 'Whoever runs the service sets the limit with --job-seconds. `zkvm estimate` says how long a proof takes.',
  },
  ZK0922: { kinds: ['interrupted'], title: 'The job was cancelled', help: 'Somebody asked for that. Submit it again if it is wanted.' },
  ZK0923: {
    kinds: ['usage'],
    title: 'Reading or compiling the model took more than the service allows',
    help: 'The limits are --compile-seconds and --compile-memory. Compile it with `zkvm compile` and upload the .zkb.',
  },
  ZK0924: {
    kinds: ['backend'],
    title: 'The thread that works on a job is gone',
    help: 'A job whose threads or processes end again and again is given up. Most likely the memory does not suffice.',
  },
  ZK0925: { kinds: ['usage'], title: 'The service is busy', help: 'Too many uploads or open streams at a time. Try again in a moment.' },
  ZK0926: {
    kinds: ['usage'],
    title: 'The request comes from a page of somebody else',
    help: 'A service without a key answers programs of this machine, and no pages in a browser. Set ZKVM_API_KEY to use it from elsewhere.',
  },
  ZK0927: {
    kinds: ['usage'],
    title: 'The data folder cannot be read or written',
    help: 'The disk is full, or somebody removed or changed a file in it. The log of the service says which. A proof is made again when its job is deleted and submitted again, a model is kept again when it is uploaded again.',
  },
  ZK0928: {
    kinds: ['backend'],
    title: 'Pieces of a proof were wrong again and again',
    help: 'Workers returned pieces that the next one did not accept, and so did those who were asked instead. The logs name the workers: they run another release, have faulty memory, or lie.',
  },
} as const satisfies CodeTable;
