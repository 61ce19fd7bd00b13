import { ArchiveError } from './archive-error.ts';

/** A bucket, and what all keys of the archive begin with: empty, or with a slash at its end. */
export interface S3Address {
  readonly bucket: string;
  readonly prefix: string;
}

const SCHEME = 's3://';
const ADDRESS = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/;

/** Whether a location is said to be one of S3. */
export function isS3(location: string): boolean {
  return location.startsWith(SCHEME);
}

/** Undefined for a folder. Throws `ArchiveError` for what begins like an address and is none. */
export function s3Address(location: string): S3Address | undefined {
  if (!isS3(location)) return undefined;
  const [, bucket, path = ''] = ADDRESS.exec(location) ?? [];
  const steps = path.split('/').filter((step) => step !== '');
  if (bucket === undefined || steps.some((step) => step === '.' || step === '..')) {
    throw new ArchiveError('unreadable', `${location} is no address: s3://bucket/prefix is expected`);
  }
  return { bucket, prefix: steps.map((step) => `${step}/`).join('') };
}
