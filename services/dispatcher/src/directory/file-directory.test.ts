import { describe, expect, it } from 'vitest';
import { createFileDirectory, readAddressBook } from './file-directory.ts';

const CSV = 'customerId,sms,email\n4711,+34600100200,"ana ""a"" <x>"\n4712,,bo@example.org\n';
const NDJSON = '{"customerId":"4711","sms":"+34600100200"}\n\n{"customerId":"4712","sms":null}\n';

const addressIn = (text: string, customerId: string, channel: string) =>
  createFileDirectory(() => readAddressBook(text)).addressOf(customerId, channel);

describe('a file of addresses', () => {
  it.each([
    [CSV, '4711', 'sms', '+34600100200'],
    [CSV, '4711', 'email', 'ana "a" <x>'],
    [CSV, '4712', 'email', 'bo@example.org'],
    [NDJSON, '4711', 'sms', '+34600100200'],
  ])('knows the address of a customer: %#', async (text, customerId, channel, address) => {
    expect(await addressIn(text, customerId, channel)).toEqual({ kind: 'found', address });
  });

  it.each([
    [CSV, '4712', 'sms'],
    [CSV, '4713', 'sms'],
    [CSV, '4711', 'app-push'],
    [CSV, '4711', 'constructor'],
    [NDJSON, '4712', 'sms'],
  ])('knows that there is none: %#', async (text, customerId, channel) => {
    expect(await addressIn(text, customerId, channel)).toEqual({ kind: 'none' });
  });

  it('that was not read yet is asked again', async () => {
    const answer = await createFileDirectory(() => undefined).addressOf('4711', 'sms');
    expect(answer).toEqual({ kind: 'retry', detail: 'directory-unread' });
  });

  it.each([
    'a,b\n+34600100200,c\n',
    '{"sms":"+34600100200"}',
    '{"customerId":"1"}\n+34600100200',
    'customerId\n"+34600100200',
  ])('that cannot be read is refused without being repeated: %#', (text) => {
    expect(() => readAddressBook(text)).toThrow(/^(?!.*346).*address file/);
  });
});
