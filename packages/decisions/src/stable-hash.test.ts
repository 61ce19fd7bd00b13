import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contactIdOf, shareOf } from './stable-hash.ts';

const sha256 = (parts: readonly string[]): Buffer =>
  createHash('sha256')
    .update(parts.map((part) => `${part.length}:${part}`).join(''))
    .digest();

describe('the stable hash', () => {
  it('is SHA-256 of its parts with their lengths, whatever their letters and however long', () => {
    const text = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 8 }));
    fc.assert(
      fc.property(text, text, text, text, (customerId, trigger, occasion, step) => {
        const id = contactIdOf({ customerId, trigger, occasion, step });
        expect(id).toBe(`c${sha256([customerId, trigger, occasion, step]).toString('hex').slice(0, 32)}`);
        expect(shareOf(customerId, trigger)).toBe(sha256([customerId, trigger]).readUIntBE(0, 6) / 2 ** 48);
      }),
      { examples: [['x'.repeat(600), 'é'.repeat(300), '', '户']], numRuns: 50 },
    );
  });

  it('stays what it was: contacts and control groups outlive a release', () => {
    const key = { customerId: '客户-7', trigger: 'gone_quiet', occasion: 'silence:2026-02-02', step: 'first' };
    expect(contactIdOf(key)).toBe('ce197e81a54589056671c3ea29cee85b9');
    expect(shareOf('universal-1', 'customer-1')).toBe(0.9588963526128644);
  });
});
