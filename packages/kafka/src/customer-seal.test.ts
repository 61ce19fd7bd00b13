import { describe, expect, it } from 'vitest';
import { createCustomerSeal, erasureWith } from './customer-seal.ts';

const SECRET = 'a secret of the installation, long enough';
const seal = createCustomerSeal(SECRET);

describe('the seal of an erased customer', () => {
  it('is opened by whoever has the same secret, whatever the id looks like', () => {
    for (const id of ['c-42', '8613800138000', 'größer', 'x'.repeat(128)]) {
      expect(createCustomerSeal(SECRET).open(seal.seal(id))).toEqual({ kind: 'erasure', entityId: id });
    }
  });

  it('shows nothing of the id, and is another each time', () => {
    const [one, two] = [seal.seal('customer-4711'), seal.seal('customer-4711')];
    expect(one.value?.toString('latin1')).not.toContain('4711');
    expect(one.value?.equals(two.value ?? Buffer.alloc(0))).toBe(false);
    expect(one.key).toBeNull();
  });

  it('asks for its key where another one, or none, is there: it is never passed over', () => {
    const other = createCustomerSeal(`${SECRET} but another`);
    expect(other.open(seal.seal('c-42'))).toMatchObject({
      kind: 'retry',
      message: expect.stringContaining('HOLDFAST_ERASURE_KEY'),
    });
    expect(erasureWith(undefined).open(seal.seal('c-42'))).toMatchObject({ kind: 'retry' });
    expect(erasureWith(undefined).markOf).toBeUndefined();
  });

  it.each([
    ['nothing', () => null],
    ['too little', (value: Buffer) => value.subarray(0, 30)],
    ['another format', (value: Buffer) => Buffer.concat([Buffer.from([9]), value.subarray(1)])],
    [
      'a changed byte',
      (value: Buffer) => Buffer.concat([value.subarray(0, -1), Buffer.from([(value.at(-1) ?? 0) ^ 1])]),
    ],
  ])('that holds %s is set aside', (_, spoil) => {
    const { value } = seal.seal('c-42');
    expect(seal.open({ value: spoil(value ?? Buffer.alloc(0)) })).toMatchObject({ kind: 'poison' });
  });
});

describe('the mark of an erased customer', () => {
  it('is the same for the same id and secret, and another for any other', () => {
    expect(createCustomerSeal(SECRET).markOf('c-42')).toBe(seal.markOf('c-42'));
    expect(seal.markOf('c-43')).not.toBe(seal.markOf('c-42'));
    expect(createCustomerSeal(`${SECRET}!`).markOf('c-42').split('.')[1]).not.toBe(seal.markOf('c-42').split('.')[1]);
  });

  it('names its key, so that a shard notices one that is not its own', () => {
    const nameOf = (mark: string) => mark.split('.')[0];
    expect(nameOf(seal.markOf('a'))).toBe(nameOf(seal.markOf('b')));
    expect(nameOf(createCustomerSeal(`${SECRET}!`).markOf('a'))).not.toBe(nameOf(seal.markOf('a')));
  });
});
