import { describe, expect, it } from 'vitest';
import { TMF_PAGE, withFields } from './tmf-collection.ts';

const RESOURCE = { id: 'i', href: '/i', status: 'open', '@type': 'T' };

describe('a resource of a TM Forum interface', () => {
  it.each([
    ['status', { id: 'i', href: '/i', status: 'open' }],
    ['@type,href', { id: 'i', href: '/i', '@type': 'T' }],
    ['nothing', { id: 'i', href: '/i' }],
  ])('has the fields asked for by %s, and always its id and address', (fields, answer) => {
    expect(withFields(RESOURCE, fields)).toEqual(answer);
  });

  it('is whole where no fields are asked for', () => {
    expect(withFields(RESOURCE, undefined)).toBe(RESOURCE);
  });

  it.each([{ limit: '101' }, { offset: '-1' }, { offset: '100001' }, { fields: 'a;b' }, { fields: 'a'.repeat(513) }])(
    'is not listed by %j',
    (query) => {
      expect(TMF_PAGE.safeParse(query).success).toBe(false);
    },
  );
});
