import { describe, expect, it } from 'vitest';
import type { Authentication, Principal } from './principal.ts';
import { stillStands } from './still-stands.ts';

const ANNA: Principal = { id: 'anna', kind: 'person', roles: ['agent'], desks: ['care'] };
const known = (more: Partial<Principal>): Authentication => ({ kind: 'known', principal: { ...ANNA, ...more } });

describe('a request that is answered for long', () => {
  it.each<[string, Authentication, boolean]>([
    ['stands as the same caller', known({}), true],
    ['stands while nobody can be checked', { kind: 'unavailable', detail: '' }, true],
    ['ends when its key is gone or its token has expired', { kind: 'refused', detail: '' }, false],
    ['ends when its roles have changed', known({ roles: ['auditor'] }), false],
    ['ends when its desks have changed', known({ desks: ['care', 'sales'] }), false],
    ['ends when its key is another caller’s', known({ id: 'ben' }), false],
  ])('%s', async (_, found, answer) => {
    expect(await stillStands({ headers: {}, principal: ANNA }, () => found)).toBe(answer);
  });
});
