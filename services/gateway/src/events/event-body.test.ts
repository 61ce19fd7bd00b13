import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodedBody } from './event-body.ts';

const LIMIT = 1_000;

describe('a body with content-encoding', () => {
  it.each([undefined, '', 'identity', 'Identity '])('%j is taken as it is', async (encoding) => {
    expect(await decodedBody(Buffer.from('x'), encoding, LIMIT)).toEqual({ kind: 'body', body: Buffer.from('x') });
  });

  it('gzip is inflated up to the limit and not beyond', async () => {
    const full = Buffer.alloc(LIMIT, 'x');
    expect(await decodedBody(gzipSync(full), 'gzip', LIMIT)).toEqual({ kind: 'body', body: full });
    const over = gzipSync(Buffer.alloc(LIMIT + 1));
    expect(await decodedBody(over, 'GZIP', LIMIT)).toMatchObject({ problem: { status: 413 } });
  });

  it('that stands for a gigabyte is refused without holding one', async () => {
    const bomb = Buffer.concat(Array.from({ length: 16 }, () => gzipSync(Buffer.alloc(64 * 1_048_576))));
    const before = process.memoryUsage().rss;
    expect(await decodedBody(bomb, 'gzip', 1_048_576)).toMatchObject({ problem: { status: 413 } });
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1_048_576);
  });

  it.each([
    ['no gzip', Buffer.from('{}'), 'gzip', 400],
    ['a gzip that was cut', gzipSync('{"a":1}').subarray(0, 15), 'gzip', 400],
    ['nothing', Buffer.alloc(0), 'gzip', 400],
    ['another encoding', Buffer.from('x'), 'br', 415],
    ['two encodings', Buffer.from('x'), 'gzip, gzip', 415],
  ])('is refused when it is %s', async (_title, body, encoding, status) => {
    expect(await decodedBody(body, encoding, LIMIT)).toMatchObject({ kind: 'problem', problem: { status } });
  });
});
