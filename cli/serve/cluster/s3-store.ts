// A store behind the S3 interface: AWS, MinIO, Ceph, R2 and others. Source: the AWS SDK for JavaScript, which takes region, keys and endpoint from
// the environment. Caveat: with an endpoint of one's own the bucket stands in the path, as most others want it.
import { usage } from '../../../fri/core/errors.ts';
import { loadS3 } from '../packages.ts';
import { shownAddress } from './shown-address.ts';
import type { Store } from './store.ts';

/** most keys of one request to delete */
const BATCH = 1000;
const CONNECT_MS = 5000;
/** a part of a proof is a megabyte, a model some hundred */
const REQUEST_MS = 120_000;

const isMissing = (error: unknown): boolean => ['NoSuchKey', 'NotFound'].includes((error as Error).name);

/** @param address s3://bucket/prefix. @throws ZK0901 without the package, ZK0908 for an address that is none */
export async function openS3Store(address: string): Promise<Store> {
  const { S3Client, PutObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, DeleteObjectsCommand } = await loadS3();
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9.-]+)(?:\/(.*?))?\/?$/.exec(address) ?? [];
  if (bucket === undefined)
    throw usage('ZK0908', { what: 'the address of the store has no bucket', where: shownAddress(address), fix: 'give s3://bucket/prefix' });
  const client = new S3Client({
    forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL),
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS },
    // what is read is held against its hash here, and older stores do not know the SDK's own sums
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const keyOf = (name: string): string => (prefix ? `${prefix}/${name}` : name);
  return {
    async put(name, bytes) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: keyOf(name), Body: bytes, ContentLength: bytes.length }));
    },
    async get(name) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(name) }));
        return await Body!.transformToByteArray();
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async has(name) {
      try {
        await client.send(new HeadObjectCommand({ Bucket: bucket, Key: keyOf(name) }));
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },
    async remove(name) {
      await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key: keyOf(name) }], Quiet: true } }));
    },
    async removeAll(start) {
      for (;;) {
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: keyOf(start), MaxKeys: BATCH }));
        if (Contents.length === 0) return;
        await client.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: Contents.map(({ Key }) => ({ Key })), Quiet: true } }),
        );
      }
    },
  };
}
