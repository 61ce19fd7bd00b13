import { describe, expect, it } from 'vitest';
import { authenticateByKeys, parseApiKeys } from './api-keys.ts';
import { presentedKey } from './authentication.ts';
import { ROLES } from './roles.ts';

const PRODUCER = 'p-0123456789abcdef';
const AGENT = 'a-0123456789:abcdef';

describe('API keys', () => {
  it('are read as role and key, where a key may hold colons', () => {
    expect(parseApiKeys(`producer:${PRODUCER}, agent:${AGENT}`)).toEqual({
      ok: true,
      keys: [
        { role: 'producer', key: PRODUCER },
        { role: 'agent', key: AGENT },
      ],
    });
  });

  it.each([
    ['', `entry 1 must be role:key with a role of ${ROLES.join(', ')}`],
    [`admin:${PRODUCER}`, `entry 1 must be role:key with a role of ${ROLES.join(', ')}`],
    [`producer:${PRODUCER},agent:short-secret`, 'entry 2 has a key shorter than 16 characters'],
    [`producer:${PRODUCER},agent:${PRODUCER}`, 'entry 2 repeats a key: one key has one role'],
    ['agent:ключ-0123456789abcdef', 'entry 1 has a key with a character that no header can carry'],
  ])('refuse %j without repeating it', (text, problem) => {
    expect(parseApiKeys(text)).toEqual({ ok: false, problem });
  });

  it('give their role, and nothing for a wrong, cut or lengthened key', () => {
    const authenticate = authenticateByKeys([
      { role: 'producer', key: PRODUCER },
      { role: 'agent', key: AGENT },
    ]);
    const by = (key: string) => authenticate({ 'x-api-key': key });
    expect(by(PRODUCER)).toMatchObject({ kind: 'known', principal: { roles: ['producer'] } });
    expect(by(AGENT)).toMatchObject({ kind: 'known', principal: { roles: ['agent'] } });
    for (const wrong of [PRODUCER.slice(1), `${PRODUCER}x`, PRODUCER.toUpperCase()]) {
      expect(by(wrong)).toMatchObject({ kind: 'refused' });
    }
    expect(authenticate({})).toEqual({ kind: 'absent' });
  });

  it('are named without giving anything of them away', () => {
    const answer = authenticateByKeys([{ role: 'agent', key: AGENT }])({ 'x-api-key': AGENT });
    expect(answer).toMatchObject({ principal: { id: expect.stringMatching(/^agent-[0-9a-f]{8}$/) } });
  });

  it('are taken from either header, and from no malformed one', () => {
    expect(presentedKey({ authorization: `Bearer ${AGENT}` })).toBe(AGENT);
    expect(presentedKey({ authorization: `bearer   ${AGENT} ` })).toBe(AGENT);
    expect(presentedKey({ 'x-api-key': AGENT })).toBe(AGENT);
    expect(presentedKey({ authorization: 'Basic abc' })).toBeUndefined();
    expect(presentedKey({ 'x-api-key': '' })).toBeUndefined();
    expect(presentedKey({})).toBeUndefined();
  });
});
