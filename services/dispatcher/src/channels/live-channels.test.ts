import { describe, expect, it } from 'vitest';
import { readChannelFile } from './channel-file.ts';
import { createLiveChannels } from './live-channels.ts';

const FIRST = `channels:
  call-centre: { adapter: work-list }
  web: { adapter: webhook, url: https://example.org, secrets: [{ env: KEY }], callbacks: { bearer: { env: TOKEN } } }`;
const SLOWER = FIRST.replace('work-list', 'work-list, concurrency: 1');
const WITHOUT_WEB = 'channels: { call-centre: { adapter: work-list } }';
const WITH_BAD = `${FIRST}\n  bad: { adapter: webhook, url: https://example.org, secrets: [{ env: KEY }] }`;

function setUp() {
  const seen: string[] = [];
  const channels = createLiveChannels({
    open(name) {
      if (name === 'bad') throw new Error('the secret is of the wrong form');
      seen.push(`open ${name}`);
      return {
        name,
        semantics: 'idempotent',
        send: async () => ({ kind: 'sent' }),
        close: async () => void seen.push(`close ${name}`),
      };
    },
    work({ name: channel }, { concurrency }) {
      seen.push(`work ${channel} ${concurrency}`);
      const close = async () => void seen.push(`stop ${channel}`);
      return { channel, ready: async () => undefined, isRunning: () => true, close };
    },
  });
  const use = async (text: string, secret = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw') => {
    seen.length = 0;
    await channels.use(readChannelFile(text, () => secret));
    return [...seen];
  };
  return { channels, use, seen };
}

describe('live channels', () => {
  it('open and work as the file says, and rest while it stays the same', async () => {
    const { channels, use } = setUp();
    expect(await use(FIRST)).toEqual(['open call-centre', 'open web', 'work call-centre 32', 'work web 32']);
    expect(await use(FIRST)).toEqual([]);
    expect(channels.isRunning()).toBe(true);
  });

  it('change what changed and leave the others alone', async () => {
    const { use } = setUp();
    await use(FIRST);
    const change = ['open call-centre', 'stop call-centre', 'close call-centre', 'work call-centre 1'];
    expect(await use(SLOWER)).toEqual(change);
  });

  it('begin anew with a new secret', async () => {
    const { use } = setUp();
    await use(FIRST);
    expect(await use(FIRST, 'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJE')).toEqual([
      'open web',
      'stop web',
      'close web',
      'work web 32',
    ]);
  });

  it('end with what the file names no more, its callbacks too', async () => {
    const { channels, use } = setUp();
    await use(FIRST);
    expect(channels.route('web')).toMatchObject({ token: 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' });
    expect(await use(WITHOUT_WEB)).toEqual(['stop web', 'close web']);
    expect(channels.route('web')).toBeUndefined();
  });

  it('stay as they are when one of a new file cannot be opened', async () => {
    const { channels, use, seen } = setUp();
    await use(FIRST);
    await expect(use(WITH_BAD.replace('work-list', 'work-list, concurrency: 2'))).rejects.toThrow('wrong form');
    expect(seen).toEqual(['open call-centre', 'close call-centre']);
    expect(channels.isRunning()).toBe(true);
    expect(await use(FIRST)).toEqual([]);
  });

  it('take no contact before what they need is there, and need nothing when one cannot be opened', async () => {
    const { channels, seen } = setUp();
    const read = (text: string) => readChannelFile(text, () => 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    const prepare = async () => void seen.push('prepare');
    await channels.use(read(WITHOUT_WEB), prepare);
    expect(seen).toEqual(['open call-centre', 'prepare', 'work call-centre 32']);
    await expect(channels.use(read(WITH_BAD), prepare)).rejects.toThrow('wrong form');
    expect(seen.filter((word) => word === 'prepare')).toHaveLength(1);
  });

  it('finish their contacts before their connections close', async () => {
    const { channels, use, seen } = setUp();
    await use(WITHOUT_WEB);
    await channels.close();
    expect(seen.slice(-2)).toEqual(['stop call-centre', 'close call-centre']);
  });
});
