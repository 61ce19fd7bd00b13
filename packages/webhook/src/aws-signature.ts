import { createHash, createHmac } from 'node:crypto';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
  readonly region: string;
  /** `connect` … */
  readonly service: string;
}

export interface AwsRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * The headers that sign a request, by AWS Signature Version 4: `authorization`, `x-amz-date` and for temporary
 * credentials `x-amz-security-token`. `host`, `x-amz-*` and `content-type` are signed. The path must be encoded already.
 */
export function awsSignature(request: AwsRequest, credentials: AwsCredentials, atMs: number): Record<string, string> {
  const { region, service, accessKeyId, secretAccessKey, sessionToken } = credentials;
  const time = new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const added = { 'x-amz-date': time, ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }) };
  const signed = signedHeaders(request, added);
  const names = signed.map(([name]) => name).join(';');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = [ALGORITHM, time, scope, sha256(canonicalRequest(request, signed, names))].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (parent, part) => hmac(parent, part),
    `AWS4${secretAccessKey}`,
  );
  const signature = hmac(key, toSign).toString('hex');
  const authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...added, authorization };
}

function signedHeaders(request: AwsRequest, added: Readonly<Record<string, string>>): [string, string][] {
  const all = { host: new URL(request.url).host, ...request.headers, ...added };
  return Object.entries(all)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value.trim().replace(/\s+/g, ' ')])
    .filter(([name]) => name === 'host' || name === 'content-type' || name.startsWith('x-amz-'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function canonicalRequest(request: AwsRequest, signed: readonly [string, string][], names: string): string {
  const { pathname, searchParams } = new URL(request.url);
  // All services but S3 encode the path once more.
  const path = pathname.split('/').map(encoded).join('/');
  const query = [...searchParams]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&');
  const headers = signed.map(([name, value]) => `${name}:${value}\n`).join('');
  return [request.method, path, query, headers, names, sha256(request.body)].join('\n');
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
