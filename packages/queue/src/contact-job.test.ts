import { describe, expect, it } from 'vitest';
import { assertJob, jobData, queueName } from './contact-job.ts';
import { redisAddress } from './redis-address.ts';

const job = { channel: 'call-centre', contactId: 'c1a2b3', entityId: '4711', sendAt: 1, sendBy: 2 };

describe('a contact job', () => {
  it('goes to the queue of its channel', () => {
    expect(queueName('call-centre')).toBe('holdfast-contact-call-centre');
  });

  it.each(['', 'SMS', '1st', 'a:b', 'x'.repeat(33)])('is refused for the channel name %j', (channel) => {
    expect(() => assertJob({ ...job, channel })).toThrow(/no name of a channel/);
  });

  it.each(['', '4711', 'a:b', 'a b', 'c'.repeat(129)])('is refused with the contact id %j', (contactId) => {
    expect(() => assertJob({ ...job, contactId })).toThrow(/contact id/);
  });

  it('is read back with ids, times and the number of its tries only', () => {
    expect(jobData({ ...job, extra: 'phone number' })).toEqual({ ...job, tries: 0 });
    expect(jobData({ ...job, tries: 3 })).toEqual({ ...job, tries: 3 });
  });

  it.each([null, 'text', {}, { ...job, sendAt: '1' }, { ...job, entityId: undefined }])('is not made of %j', (data) => {
    expect(jobData(data)).toBeUndefined();
  });
});

describe('the address of Redis', () => {
  it('is read with credentials, database and TLS', () => {
    expect(redisAddress('rediss://user:p%40ss@[::1]:7000/3')).toEqual({
      host: '::1',
      port: 7000,
      db: 3,
      username: 'user',
      password: 'p@ss',
      tls: {},
    });
    expect(redisAddress('redis://h')).toEqual({ host: 'h', port: 6379, db: 0 });
  });

  it.each(['http://u:hunter2@h', 'hunter2', 'redis://:hunter2@h/x'])(
    'is refused without being repeated: case %#',
    (text) => {
      expect(() => redisAddress(text)).toThrow(/^(?!.*hunter2).*address of Redis/);
    },
  );
});
