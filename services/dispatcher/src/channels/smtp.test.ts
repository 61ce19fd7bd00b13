import { describe, expect, it } from 'vitest';
import { isPhoneNumber } from './smpp.ts';
import { classifyMailError, isMailAddress } from './smtp.ts';

const error = (parts: object) => Object.assign(new Error('x'), parts);

describe('an error of SMTP', () => {
  it.each([
    ['a rejected recipient', { code: 'EENVELOPE', responseCode: 550 }, { kind: 'failed', detail: 'smtp-550' }],
    ['a full mailbox', { code: 'EENVELOPE', responseCode: 452 }, { kind: 'again', detail: 'smtp-452', isUnsent: true }],
    ['greylisting', { code: 'EMESSAGE', responseCode: 451 }, { kind: 'again', detail: 'smtp-451', isUnsent: true }],
    [
      'refused credentials',
      { code: 'EAUTH', responseCode: 535 },
      { kind: 'again', detail: 'smtp-eauth', isUnsent: true },
    ],
    ['no such server', { code: 'EDNS' }, { kind: 'again', detail: 'smtp-edns', isUnsent: true }],
    [
      'no connection',
      { code: 'ESOCKET', syscall: 'connect' },
      { kind: 'again', detail: 'smtp-esocket', isUnsent: true },
    ],
    ['a lost connection', { code: 'ECONNECTION' }, { kind: 'again', detail: 'smtp-econnection', isUnsent: false }],
    ['silence', { code: 'ETIMEDOUT' }, { kind: 'again', detail: 'timeout', isUnsent: false }],
    ['an address the library refuses', { code: 'EENVELOPE' }, { kind: 'failed', detail: 'invalid-address' }],
  ])('that is %s is told apart', (_title, parts, answer) => {
    expect(classifyMailError(error(parts))).toEqual(answer);
  });

  it('that is none is tried again', () => {
    expect(classifyMailError('?')).toEqual({ kind: 'again', detail: 'smtp-error', isUnsent: false });
  });
});

describe('an address', () => {
  it.each(['ana@example.org', 'a.b+c@sub.example.org'])('%s is one for mail', (text) => {
    expect(isMailAddress(text)).toBe(true);
  });
  it.each(['ana', 'a@b@c', 'a@b, c@d', '<a@b>', 'a b@c', 'a@b\r\nBcc: x@y', ''])('%j is none for mail', (text) => {
    expect(isMailAddress(text)).toBe(false);
  });
  it.each(['+34600100200', '4915112345678'])('%s is one for SMS', (text) => {
    expect(isPhoneNumber(text)).toBe(true);
  });
  it.each(['0600100200', '+34 600', '112', 'x', ''])('%j is none for SMS', (text) => {
    expect(isPhoneNumber(text)).toBe(false);
  });
});
