import { describe, expect, it } from 'vitest';
import { NOW } from '../../test/contact.ts';
import { classify } from './http-answer.ts';

const answered = (status: number, retryAfter?: string) =>
  classify({ kind: 'answer', status, body: '', ...(retryAfter !== undefined && { retryAfter }) }, NOW);

describe('an answer over HTTP', () => {
  it.each([200, 201, 202, 204])('of %i is success', (status) => {
    expect(answered(status)).toEqual({ kind: 'sent' });
  });

  it.each([400, 404, 410, 413, 422, 301])('of %i is final', (status) => {
    expect(answered(status)).toEqual({ kind: 'failed', detail: `http-${status}` });
  });

  it.each([
    [429, true],
    [401, true],
    [403, true],
    [408, false],
    [500, false],
    [503, false],
    [599, false],
  ])('of %i asks to come again; that nobody was reached is sure: %s', (status, isUnsent) => {
    expect(answered(status)).toEqual({ kind: 'again', detail: `http-${status}`, isUnsent });
  });

  it('that never came is tried again, and is known to be unsent only without a connection', () => {
    const again = (isUnsent: boolean) => classify({ kind: 'error', detail: 'timeout', isUnsent }, NOW);
    expect(again(true)).toEqual({ kind: 'again', detail: 'timeout', isUnsent: true });
    expect(again(false)).toEqual({ kind: 'again', detail: 'timeout', isUnsent: false });
  });

  it('may name a time to come again, which is kept', () => {
    expect(answered(429, '30')).toMatchObject({ notBeforeMs: NOW + 30_000 });
    expect(answered(503, 'soon')).not.toHaveProperty('notBeforeMs');
  });
});
