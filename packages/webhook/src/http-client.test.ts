import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './http-client.ts';

const NOW = 1_800_000_000_000;

describe('Retry-After', () => {
  it('is seconds or a date, of an hour at most unless more is allowed', () => {
    expect(retryAfterMs('30', NOW)).toBe(NOW + 30_000);
    expect(retryAfterMs(new Date(NOW + 5_000).toUTCString(), NOW)).toBe(NOW + 5_000);
    expect(retryAfterMs(new Date(NOW - 5_000).toUTCString(), NOW)).toBe(NOW);
    expect(retryAfterMs('999999999', NOW)).toBe(NOW + 3_600_000);
    expect(retryAfterMs('7200', NOW, 86_400_000)).toBe(NOW + 7_200_000);
    expect(retryAfterMs('soon', NOW)).toBeUndefined();
    expect(retryAfterMs(undefined, NOW)).toBeUndefined();
  });
});
