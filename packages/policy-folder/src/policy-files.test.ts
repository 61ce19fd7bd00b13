import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_PACKED_BYTES,
  MAX_POLICY_FILES,
  MAX_UNPACKED_BYTES,
  packPolicyFiles,
  unpackPolicyFiles,
} from './policy-files.ts';

const packed = (files: unknown): Buffer => gzipSync(JSON.stringify(files));

describe('a packed policy', () => {
  it('is unpacked to the same files, whatever their texts', () => {
    const paths = fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8}){0,2}\.yaml$/);
    fc.assert(
      fc.property(fc.dictionary(paths, fc.string({ unit: 'binary' }), { minKeys: 1, maxKeys: 8 }), (files) => {
        const answer = packPolicyFiles(files);
        if (answer.kind !== 'ok') throw new Error(answer.message);
        expect(unpackPolicyFiles(answer.bytes)).toEqual({ kind: 'ok', files: { ...files } });
      }),
    );
  });

  it('is the same bytes whatever the order its files were read in', () => {
    const one = packPolicyFiles({ 'a.yaml': 'x', 'b.yaml': 'y' });
    expect(one).toEqual(packPolicyFiles({ 'b.yaml': 'y', 'a.yaml': 'x' }));
  });

  const many = Object.fromEntries(Array.from({ length: MAX_POLICY_FILES + 1 }, (_, i) => [`f${i}.yaml`, '']));
  it.each([
    ['more files than allowed', many, `${MAX_POLICY_FILES + 1} files`],
    ['no file', {}, 'no files'],
    ['a path that leaves the folder', { '../x.yaml': '' }, 'no path'],
    ['an absolute path', { '/etc/x.yaml': '' }, 'no path'],
    ['another kind of file', { 'x.json': '' }, 'no path'],
    ['more text than allowed', { 'x.yaml': 'a'.repeat(MAX_UNPACKED_BYTES) }, 'bytes of text'],
  ])('is refused with %s', (_, files, words) => {
    expect(packPolicyFiles(files)).toEqual({ kind: 'invalid', message: expect.stringContaining(words) });
  });
});

describe('unpacking what somebody wrote', () => {
  it.each([
    ['a bomb', gzipSync(Buffer.alloc(64 * 1024 * 1024)), `more than the ${MAX_UNPACKED_BYTES} bytes`],
    ['too many packed bytes', Buffer.alloc(MAX_PACKED_BYTES + 1), 'bytes packed'],
    ['no gzip', Buffer.from('{}'), 'cannot be unpacked'],
    ['a cut one', packed({ 'a.yaml': 'x' }).subarray(0, 12), 'cannot be unpacked'],
    ['no JSON', gzipSync('features: {}'), 'cannot be unpacked'],
    ['a list', packed(['a.yaml']), 'no map of texts'],
    ['a number for a text', packed({ 'a.yaml': 7 }), 'is no text'],
    ['a path that leaves the folder', packed({ 'a/../../x.yaml': '' }), 'no path'],
  ])('refuses %s and says why', (_, bytes, words) => {
    expect(unpackPolicyFiles(bytes)).toEqual({ kind: 'invalid', message: expect.stringContaining(words) });
  });
});
