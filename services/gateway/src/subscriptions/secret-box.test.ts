import { randomBytes } from 'node:crypto';
import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSecretBox, isSecret, newSecret, parseBoxKeys } from './secret-box.ts';

const KEY = randomBytes(32);

describe('a sealed secret', () => {
  it('is opened with its key and its context, whatever it says', () => {
    const box = createSecretBox([KEY]);
    assert(
      property(string({ unit: 'grapheme' }), string(), (secret, context) => {
        expect(box.open(box.seal(secret, context), context)).toBe(secret);
      }),
    );
  });

  it('says nothing of the secret, and never looks the same', () => {
    const box = createSecretBox([KEY]);
    const sealed = box.seal('whsec_secret', 'sub_1');
    expect(Buffer.from(sealed, 'base64').includes('secret')).toBe(false);
    expect(box.seal('whsec_secret', 'sub_1')).not.toBe(sealed);
  });

  it('stays shut for another subscription, another key, and when a bit was changed', () => {
    const box = createSecretBox([KEY]);
    const sealed = box.seal('whsec_secret', 'sub_1');
    expect(box.open(sealed, 'sub_2')).toBeUndefined();
    expect(createSecretBox([randomBytes(32)]).open(sealed, 'sub_1')).toBeUndefined();
    const bytes = Buffer.from(sealed, 'base64');
    for (const at of [0, 12, 28, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(box.open(changed.toString('base64'), 'sub_1')).toBeUndefined();
    }
    expect(box.open('', 'sub_1')).toBeUndefined();
  });

  it('is opened by a box that seals with a newer key', () => {
    const sealed = createSecretBox([KEY]).seal('old', 'sub_1');
    const newer = createSecretBox([randomBytes(32), KEY]);
    expect(newer.open(sealed, 'sub_1')).toBe('old');
    expect(createSecretBox([KEY]).open(newer.seal('new', 'sub_1'), 'sub_1')).toBeUndefined();
  });
});

describe('the keys of the box', () => {
  it('are 32 bytes of base64 each; what is wrong is said without the text', () => {
    const text = randomBytes(32).toString('base64');
    expect(parseBoxKeys(`${text}, ${KEY.toString('base64')}`)).toMatchObject({ ok: true, keys: { length: 2 } });
    for (const bad of ['', 'short', `${text},`, randomBytes(31).toString('base64')]) {
      const parsed = parseBoxKeys(bad);
      expect(parsed.ok).toBe(false);
      expect(bad !== '' && JSON.stringify(parsed).includes(bad)).toBe(false);
    }
  });
});

describe('a secret of Standard Webhooks', () => {
  it('is base64 of 24 to 64 bytes', () => {
    expect(isSecret(newSecret())).toBe(true);
    expect(isSecret(randomBytes(24).toString('base64'))).toBe(true);
    const bad = ['', 'whsec_', 'correct horse battery staple etc', 23, 65];
    expect(bad.map((each) => isSecret(typeof each === 'number' ? randomBytes(each).toString('base64') : each))).toEqual(
      [...[false, false, false, false, false]],
    );
  });
});
