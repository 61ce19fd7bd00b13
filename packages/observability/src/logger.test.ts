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

  it.each([
    [{ 'X-API-Key': 'k-secret' }],
    [{ request: { headers: { Cookie: 'sid=k-secret', 'set-cookie': ['k-secret'] } } }],
    [{ body: [{ client_secret: 'k-secret', access_token: 'k-secret' }] }],
    [{ profile: { MSISDN: '4915112345678', e_mail: 1, email: 'k-secret@example.org' } }],
    [{ a: { b: { c: { d: { e: { f: { password: 'k-secret' } } } } } } }],
    [{ err: new Error('GET https://u:p@k-secret@host/x?api_key=k-secret&a=1 with Bearer k-secret-0123456789') }],
    [{ err: Object.assign(new Error('x', { cause: new Error('redis://:k-secret@host') }), { key: 'k-secret' }) }],
  ])('show no secret of %j', (fields: object) => {
    const { logger, lines } = capture();
    logger.warn(fields, 'refused');
    logger.child(fields).warn({}, 'refused again');
    expect(lines).toHaveLength(2);
    expect(JSON.stringify(lines)).not.toMatch(/k-secret|49151/);
    expect(lines[0]).toMatchObject({ msg: 'refused' });
  });

  it('keep what is no secret as it is', () => {
    const { logger, lines } = capture();
    const at = new Date(0);
    logger.info({ route: '/v1/customers/:id', list: [1, { status: 200 }], at, none: null, keyId: 'crm' }, 'answered');
    expect(lines[0]).toMatchObject({
      route: '/v1/customers/:id',
      list: [1, { status: 200 }],
      at: at.toISOString(),
      none: null,
      keyId: 'crm',
    });
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
