import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { PROBLEMS, type Problem, tooLarge } from '../http/problem.ts';

export type BodyOutcome =
  | { readonly kind: 'body'; readonly body: Buffer }
  | { readonly kind: 'problem'; readonly problem: Problem };

const inflate = promisify(gunzip);

/**
 * The body as it was before `content-encoding`. What inflates to more than `maxBytes` is refused when it gets there, so a
 * few bytes that stand for a gigabyte cost what any other body costs.
 */
export async function decodedBody(body: Buffer, encoding: string | undefined, maxBytes: number): Promise<BodyOutcome> {
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return { kind: 'body', body };
    case 'gzip':
    case 'x-gzip':
      return inflated(body, maxBytes);
    default:
      return { kind: 'problem', problem: PROBLEMS.contentEncoding };
  }
}

async function inflated(body: Buffer, maxOutputLength: number): Promise<BodyOutcome> {
  try {
    return { kind: 'body', body: await inflate(body, { maxOutputLength }) };
  } catch (error) {
    const isTooLarge = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return { kind: 'problem', problem: isTooLarge ? tooLarge(maxOutputLength) : PROBLEMS.notGzip };
  }
}
