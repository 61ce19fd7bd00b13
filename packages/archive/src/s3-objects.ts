import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { isAbsent, isTaken, s3Failure } from './s3-failure.ts';

/** The objects of one bucket, in what an archive needs of them. What cannot be done rejects with `ArchiveError`. */
export interface S3Objects {
  keys(prefix: string): Promise<readonly string[]>;
  /** Undefined where there is none. */
  get(key: string): Promise<S3Object | undefined>;
  /** The digest it was created with; undefined without any, or without the object. */
  digest(key: string): Promise<string | undefined>;
  /** False where there is one of this key. */
  create(key: string, bytes: Buffer, digest?: string): Promise<boolean>;
  put(key: string, bytes: Buffer): Promise<void>;
  remove(key: string): Promise<void>;
  close(): void;
}

export interface S3Object {
  readonly bytes: Buffer;
  /** SHA-256 it was created with; undefined when something else put it there. */
  readonly digest: string | undefined;
}

export interface S3Options {
  readonly bucket: string;
  /** Of the archive, for people. */
  readonly name: string;
  readonly isPathStyle: boolean;
}

const CONNECT_MS = 15_000;
/** Without a byte. */
const SILENT_MS = 60_000;
const ATTEMPTS = 3;
const DIGEST = 'holdfast-sha256';

/** Endpoint, region and credentials are looked up as the AWS tools do: environment, `~/.aws`, the machine's role. */
export async function createS3Objects({ bucket, name, isPathStyle }: S3Options): Promise<S3Objects> {
  // Half a second to load, and only who asks for S3 needs it.
  const sdk = await import('@aws-sdk/client-s3');
  const client: S3Client = new sdk.S3Client({
    forcePathStyle: isPathStyle,
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENT_MS },
    // Checksums that not every server knows; what we write has a digest of its own.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });

  const orFailure = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw s3Failure(error, { name, bucket });
    }
  };
  const orAbsent = <T>(work: Promise<T>): Promise<T | undefined> =>
    orFailure(
      work.catch((error: unknown) => {
        if (isAbsent(error)) return undefined;
        throw error;
      }),
    );
  const getOnce = async (key: string): Promise<S3Object> => {
    const answer = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
    return { bytes: await bodyOf(answer), digest: answer.Metadata?.[DIGEST] };
  };

  return {
    async keys(prefix) {
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const page = new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token });
        const { Contents = [], NextContinuationToken } = await orFailure(client.send(page));
        keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
        token = NextContinuationToken;
      } while (token !== undefined);
      return keys;
    },
    get: (key) => orAbsent(again(() => getOnce(key))),
    async digest(key) {
      const answer = await orAbsent(client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key })));
      return answer?.Metadata?.[DIGEST];
    },
    async create(key, bytes, digest) {
      const metadata = digest === undefined ? {} : { Metadata: { [DIGEST]: digest } };
      const put = new sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, IfNoneMatch: '*', ...metadata });
      const work = client.send(put).then(() => true);
      return orFailure(
        work.catch((error: unknown) => {
          if (isTaken(error)) return false;
          throw error;
        }),
      );
    },
    async put(key, bytes) {
      await orFailure(client.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes })));
    },
    async remove(key) {
      await orFailure(client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key })));
    },
    close: () => client.destroy(),
  };
}

/** The client repeats what was not answered; an answer that breaks off in the middle it leaves to us. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof BrokenOff) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** An answer ended before its end. */
class BrokenOff extends Error {
  override readonly name = 'BrokenOff';
}

async function bodyOf({ Body, ContentLength }: GetObjectCommandOutput): Promise<Buffer> {
  let bytes: Uint8Array = new Uint8Array();
  try {
    bytes = (await Body?.transformToByteArray()) ?? bytes;
  } catch (error) {
    throw new BrokenOff(String(error), { cause: error });
  }
  if (ContentLength !== undefined && bytes.length !== ContentLength) {
    throw new BrokenOff(`${bytes.length} of ${ContentLength} bytes came`);
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
