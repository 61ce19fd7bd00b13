import { describe, expect, it } from 'vitest';
import { createFrame } from './frame.ts';

describe('a frame', () => {
  it('writes texts, numbers and bytes with their lengths in bytes', () => {
    const frame = createFrame();
    frame.begin(4);
    frame.text('GETÜ');
    frame.joined('{ü}:', 'é');
    frame.int(-12);
    frame.bytes(Buffer.from([0, 13, 10]));
    expect(frame.finish().toString('latin1')).toBe(
      Buffer.from('*4\r\n$5\r\nGETÜ\r\n$7\r\n{ü}:é\r\n$3\r\n-12\r\n$3\r\n\0\r\n\r\n').toString('latin1'),
    );
  });

  it('grows with what is written and can be used again', () => {
    const frame = createFrame();
    for (const size of [10, 100_000, 3_000_000, 5]) {
      frame.begin(1);
      frame.bytes(Buffer.alloc(size, 7));
      const written = frame.finish();
      expect(written.subarray(0, 5 + String(size).length).toString()).toBe(`*1\r\n$${size}`);
      expect(written.length).toBe(4 + 1 + String(size).length + 2 + size + 2);
    }
  });

  it('that lacks an argument is never sent', () => {
    const frame = createFrame();
    frame.begin(2);
    frame.text('PING');
    expect(() => frame.finish()).toThrow(/1 arguments less/);
  });
});
