import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { followChannelFile } from './follow-channel-file.ts';

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const DESK = 'channels: { call-centre: { adapter: work-list } }';
const HOOK = 'channels: { web: { adapter: webhook, url: https://example.org, secrets: [{ file: KEY }] } }';

async function setUp(first?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-channels-'));
  closers.push(() => rm(folder, { recursive: true }));
  const path = join(folder, 'channels.yaml');
  /** Replaced as a whole, the way a mounted configuration is. */
  const write = async (text: string) => {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };
  if (first !== undefined) await write(first);
  const seen: string[] = [];
  const secret = { text: 'one' };
  const file = followChannelFile(
    { path, everyMs: 3_600_000 },
    {
      readSecret: () => secret.text,
      use: async ({ channels }) => void seen.push(`use ${Object.keys(channels)}`),
      taken: () => seen.push('taken'),
      refused: (reason) => seen.push(`refused: ${reason.split('\n', 1)}`),
    },
  );
  closers.push(file.close);
  await file.look();
  const after = async (text: string) => {
    seen.length = 0;
    await write(text);
    await file.look();
    return [...seen];
  };
  return { file, seen, after, secret };
}

describe('a followed channel file', () => {
  it('is put in force at once, and again only when it changes', async () => {
    const { seen, after, file } = await setUp(DESK);
    expect(seen).toEqual(['use call-centre', 'taken']);
    expect(await after(DESK)).toEqual([]);
    expect(await after(`# said otherwise\n${DESK}`)).toEqual([]);
    expect(await after(HOOK)).toEqual(['use web', 'taken']);
    expect(file.check()).toEqual({ ok: true });
  });

  it('that turns bad leaves the old one in force, says so once, and heals', async () => {
    const { after, file } = await setUp(DESK);
    expect(await after('channels: 7')).toEqual([expect.stringMatching(/^refused/)]);
    expect(await after('channels: 7')).toEqual([]);
    expect(file.check()).toMatchObject({ ok: true, note: expect.stringContaining('an older file is in force') });
    expect(await after(DESK)).toEqual([]);
    expect(file.check()).toEqual({ ok: true });
  });

  it('that was never good makes the service not ready, until it is', async () => {
    const { after, file } = await setUp();
    expect(file.check()).toMatchObject({ ok: false });
    expect(await after(DESK)).toEqual(['use call-centre', 'taken']);
    expect(file.check()).toEqual({ ok: true });
  });

  it('is put in force again when a secret changed', async () => {
    const { after, secret } = await setUp(HOOK);
    secret.text = 'two';
    expect(await after(HOOK)).toEqual(['use web', 'taken']);
  });
});
