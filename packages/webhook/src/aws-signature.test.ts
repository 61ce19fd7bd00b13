import { describe, expect, it } from 'vitest';
import { awsSignature } from './aws-signature.ts';

/** Of AWS's own test suite for Signature Version 4. */
const SUITE = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
  service: 'service',
};
const AT_MS = Date.parse('2015-08-30T12:36:00Z');

function signatureOf(request: Partial<Parameters<typeof awsSignature>[0]>): string | undefined {
  const whole = { method: 'GET', url: 'https://example.amazonaws.com/', headers: {}, body: '', ...request };
  return awsSignature(whole, SUITE, AT_MS).authorization?.split('Signature=')[1];
}

describe('an AWS signature', () => {
  it.each([
    ['get-vanilla', {}, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['post-vanilla', { method: 'POST' }, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'get-vanilla-query-order-key-case',
      { url: 'https://example.amazonaws.com/?Param2=value2&Param1=value1' },
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
  ])('is the one the test suite gives: %s', (_name, request, expected) => {
    expect(signatureOf(request)).toBe(expected);
  });

  it('covers the body, the content type and the token of temporary credentials', () => {
    const request = {
      method: 'PUT',
      url: 'https://connect.eu-west-1.amazonaws.com/contact/task',
      headers: {},
      body: '{}',
    };
    const plain = awsSignature(request, SUITE, AT_MS);
    expect(awsSignature({ ...request, body: '{ }' }, SUITE, AT_MS).authorization).not.toBe(plain.authorization);
    const typed = awsSignature({ ...request, headers: { 'content-type': 'application/json' } }, SUITE, AT_MS);
    expect(typed.authorization).toContain('SignedHeaders=content-type;host;x-amz-date,');
    const temporary = awsSignature(request, { ...SUITE, sessionToken: 'token' }, AT_MS);
    expect(temporary['x-amz-security-token']).toBe('token');
    expect(temporary.authorization).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,');
  });
});
