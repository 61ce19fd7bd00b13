import { describe, expect, it } from 'vitest';
import { decodeReply } from './index.mjs';

describe('reading a Redis reply', () => {
  it.each([
    ['+PONG\r\n', 'PONG'],
    [':42\r\n', '42'],
    ['$5\r\nhello\r\n', 'hello'],
    ['$-1\r\n', ''],
    ['-ERR no\r\n', '-ERR no'],
    ['*2\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n', 'appendonly\nyes'],
  ])('reads %j', (bytes, text) => {
    expect(decodeReply(Buffer.from(bytes), 0)?.text).toBe(text);
  });

  it('waits for the rest at every cut', () => {
    const whole = Buffer.from('*2\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n');
    for (let cut = 0; cut < whole.length; cut += 1) expect(decodeReply(whole.subarray(0, cut), 0)).toBeNull();
  });
});
