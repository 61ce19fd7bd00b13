import { describe, expect, it } from 'vitest';
import { createKeyRing, parseApiKeys, presentedKey } from './api-keys.ts';

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
    ['', 'entry 1 must be role:key with a role of producer, agent, operator'],
    [`admin:${PRODUCER}`, 'entry 1 must be role:key with a role of producer, agent, operator'],
    [`producer:${PRODUCER},agent:short-secret`, 'entry 2 has a key shorter than 16 characters'],
    [`producer:${PRODUCER},agent:${PRODUCER}`, 'entry 2 repeats a key: one key has one role'],
    ['agent:ключ-0123456789abcdef', 'entry 1 has a key with a character that no header can carry'],
  ])('refuse %j without repeating it', (text, problem) => {
    expect(parseApiKeys(text)).toEqual({ ok: false, problem });
  });

  it('give their role, and nothing for a wrong, cut or lengthened key', () => {
    const roleOf = createKeyRing([
      { role: 'producer', key: PRODUCER },
      { role: 'agent', key: AGENT },
    ]);
    expect(roleOf(PRODUCER)).toBe('producer');
    expect(roleOf(AGENT)).toBe('agent');
    for (const wrong of ['', PRODUCER.slice(1), `${PRODUCER}x`, PRODUCER.toUpperCase()]) {
      expect(roleOf(wrong)).toBeUndefined();
    }
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
