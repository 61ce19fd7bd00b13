import { ArchiveError } from './archive-error.ts';
import { codeOf } from './error-code.ts';

export interface S3Subject {
  /** Of the archive, for people. */
  readonly name: string;
  readonly bucket: string;
}

/** There is no object of this key; the bucket is there. */
export function isAbsent(error: unknown): boolean {
  return statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket';
}

/** An object of this key was there, or another writer is about to make one. */
export function isTaken(error: unknown): boolean {
  return statusOf(error) === 412 || statusOf(error) === 409;
}

/** What went wrong, in words that say what to do. */
export function s3Failure(error: unknown, { name, bucket }: S3Subject): ArchiveError {
  const said = `${nameOf(error)}${statusOf(error) === undefined ? '' : ` ${statusOf(error)}`}: ${messageOf(error)}`;
  const failure = (code: 'denied' | 'unreachable', words: string) =>
    new ArchiveError(code, `${name}: ${words} (${said})`, { cause: error });
  if (nameOf(error) === 'NoSuchBucket')
    return failure('denied', `there is no bucket ${bucket}; make it, or name another`);
  if (nameOf(error) === 'CredentialsProviderError') return failure('denied', NO_CREDENTIALS);
  if (messageOf(error).startsWith('Region ')) return failure('denied', NO_REGION);
  const status = statusOf(error);
  if (status === 403 || status === 401) return failure('denied', DENIED);
  if (status === 301 || nameOf(error) === 'AuthorizationHeaderMalformed') return failure('denied', OTHER_REGION);
  if (status === 501) return failure('denied', NO_CONDITIONS);
  if (codeOf(error) === 'ENOTFOUND') return failure('unreachable', NO_HOST);
  return failure('unreachable', BROKEN_OFF);
}

const NO_CREDENTIALS =
  'no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE of a file in ~/.aws';
const NO_REGION = 'no region; set AWS_REGION, to us-east-1 for a server that has none';
const OTHER_REGION = 'the bucket is in another region; set AWS_REGION to it';
const DENIED = 'the server does not let us; the key needs s3:ListBucket, GetObject, PutObject and DeleteObject here';
const NO_CONDITIONS = 'the server does not know conditional writes (If-None-Match), which keep each record once';
const NO_HOST = 'no such host; a server without a name per bucket needs HOLDFAST_S3_PATH_STYLE=true';
const BROKEN_OFF = 'the server did not answer to the end; what was finished stays, the same again goes on behind it';

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}

/** Some errors of the network have a code and no message. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || codeOf(error) : String(error);
}

function statusOf(error: unknown): number | undefined {
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
