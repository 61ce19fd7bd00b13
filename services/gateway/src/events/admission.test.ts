import { expect, it } from 'vitest';
import { createAdmission } from './admission.ts';

it('lets bodies in up to a bound, one always, and again when others have left', () => {
  const admission = createAdmission(100);
  expect(admission.enter(150)).toBe(true);
  expect(admission.enter(1)).toBe(false);
  admission.leave(150);
  expect([admission.enter(60), admission.enter(40), admission.enter(1)]).toEqual([true, true, false]);
  admission.leave(60);
  expect(admission.enter(60)).toBe(true);
});
