import { expect, it } from 'vitest';
import { createSettings, MAX_SETTING_BYTES, MAX_SETTINGS } from './settings.ts';

it('the last one of a name is kept, and written only when it changed', () => {
  const settings = createSettings({ a: 'old' });
  expect(settings.take('a', 'old')).toBeUndefined();
  expect(settings.changes()).toBeUndefined();
  settings.take('a', 'new');
  settings.take('b', 'first');
  expect([settings.get('a'), settings.changes()]).toEqual(['new', { a: 'new', b: 'first' }]);
});

it('what was folded in vain is taken back', () => {
  const settings = createSettings({ a: 'old' });
  settings.take('a', 'new');
  settings.take('b', 'first');
  settings.rollback();
  expect([settings.get('a'), settings.get('b'), settings.changes()]).toEqual(['old', undefined, undefined]);
  settings.take('a', 'newer');
  settings.settle();
  settings.rollback();
  expect(settings.get('a')).toBe('newer');
});

it('too large a text, or one name too many, is refused and changes nothing', () => {
  const full = Object.fromEntries(Array.from({ length: MAX_SETTINGS }, (_, i) => [`s${i}`, '']));
  const settings = createSettings(full);
  expect(settings.take('s1', 'ü'.repeat(MAX_SETTING_BYTES / 2))).toBeUndefined();
  expect(settings.take('s0', `${'ü'.repeat(MAX_SETTING_BYTES / 2)}x`)).toMatchObject({ code: 'setting-too-large' });
  expect(settings.take('more', '')).toMatchObject({ code: 'too-many-settings' });
  expect(settings.take('', '')).toMatchObject({ code: 'setting-name' });
  expect(Object.keys(settings.changes() ?? {})).toEqual(['s1']);
});
