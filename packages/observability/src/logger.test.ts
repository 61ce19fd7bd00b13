import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { createPseudonym } from './pseudonym.ts';

function capture(level: 'info' | 'debug' = 'info') {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ service: 'gateway', level }, { write: (line: string) => lines.push(JSON.parse(line)) });
  return { logger, lines };
}

describe('log lines', () => {
  it('are JSON with service, level word, ISO time, fields and message', () => {
    const { logger, lines } = capture();
    logger.info({ port: 8080 }, 'ready');
    expect(lines).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), service: 'gateway', port: 8080, msg: 'ready' },
    ]);
  });

  it('leave out what is below the level', () => {
    const { logger, lines } = capture();
    logger.debug({}, 'quiet');
    expect(lines).toHaveLength(0);
  });

  it('show neither secrets nor ids of customers, at the top or one level down', () => {
    const { logger, lines } = capture();
    logger.warn(
      { apiKey: 'k-secret', customerId: 'c-4711', headers: { authorization: 'Bearer t', 'x-api-key': 'k-secret' } },
      'refused',
    );
    const text = JSON.stringify(lines);
    expect(text).not.toMatch(/k-secret|c-4711|Bearer/);
    expect(lines[0]).toMatchObject({ customerId: '[redacted]', headers: { authorization: '[redacted]' } });
  });

  it('show an error without the command and the credentials that clients put into it', () => {
    const { logger, lines } = capture();
    const error = Object.assign(new Error('connect redis://user:pw@host:1 failed'), {
      code: 'ECONNREFUSED',
      command: { name: 'get', args: ['s:c-4711'] },
    });
    logger.error({ err: error }, 'store away');
    expect(JSON.stringify(lines)).not.toMatch(/pw@|c-4711/);
    expect(lines[0]).toMatchObject({
      err: { type: 'Error', code: 'ECONNREFUSED', message: 'connect redis://host:1 failed' },
    });
  });
});

describe('pseudonyms', () => {
  it('are equal for equal ids under one key and differ between keys', () => {
    const one = createPseudonym('first key of sixteen');
    expect(one('c-1')).toBe(createPseudonym('first key of sixteen')('c-1'));
    expect(one('c-1')).not.toBe(one('c-2'));
    expect(one('c-1')).not.toBe(createPseudonym('other key of sixteen')('c-1'));
    expect(createPseudonym()('c-1')).not.toBe(createPseudonym()('c-1'));
  });
});
