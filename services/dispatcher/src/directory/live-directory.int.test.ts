import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHttpProvider } from '@holdfast/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { readChannelFile } from '../channels/channel-file.ts';
import { createLiveDirectory } from './live-directory.ts';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const DESK = 'channels: { call-centre: { adapter: work-list } }';
const named = (directory: string) => readChannelFile(`directory: { ${directory} }\n${DESK}`, () => 'token');

async function setUp(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-addresses-'));
  const path = join(folder, 'addresses.csv');
  await writeFile(path, text);
  const errors: unknown[] = [];
  const directory = createLiveDirectory((error) => errors.push(error));
  closers.push(
    () => rm(folder, { recursive: true }),
    () => directory.close(),
  );
  const crm = await startHttpProvider(() => ({ status: 200, body: '{"address":"+4915112345678"}' }));
  closers.push(crm.close);
  const sms = () => directory.addressOf('4711', 'sms');
  return { path, directory, errors, sms, crmPlan: `http: { url: '${crm.url}/{customerId}' }` };
}

describe('the directory a channel file names', () => {
  it('denies nobody an address while there is none', async () => {
    const { sms, directory, crmPlan } = await setUp('');
    expect(await sms()).toEqual({ kind: 'retry', detail: 'directory-unnamed' });
    await directory.use(named(crmPlan));
    await directory.use(readChannelFile(DESK, () => ''));
    expect(await sms()).toEqual({ kind: 'retry', detail: 'directory-unnamed' });
  });

  it('may be a file first and the operator’s system later', async () => {
    const { path, sms, directory, crmPlan } = await setUp('customerId,sms\n4711,+34600100200\n');
    await directory.use(named(`file: { path: ${path} }`));
    expect(await sms()).toEqual({ kind: 'found', address: '+34600100200' });
    await directory.use(named(crmPlan));
    expect(await sms()).toEqual({ kind: 'found', address: '+4915112345678' });
  });

  it('that cannot be read is asked again instead of denying everybody an address', async () => {
    const { path, sms, directory, errors } = await setUp('a,b\n1,2\n');
    await directory.use(named(`file: { path: ${path} }`));
    expect(await sms()).toEqual({ kind: 'retry', detail: 'directory-unread' });
    expect(errors).toHaveLength(1);
  });
});
