import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { ArchivePlace } from './archive-place.ts';
import { lockArchive } from './writer-lock.ts';

const nothing = () => Promise.reject(new Error('a lock needs no more than texts'));

/** A place in memory; `overwrites` is a server that knows no conditional writes. */
function placeOf(texts: Map<string, string>, { overwrites = false } = {}): ArchivePlace {
  return {
    name: 's3://bucket/prefix',
    paths: async () => [...texts.keys()],
    readText: async (path) => texts.get(path),
    async createText(path, text) {
      if (texts.has(path) && !overwrites) return false;
      texts.set(path, text);
      return true;
    },
    writeText: async (path, text) => void texts.set(path, text),
    remove: async (path) => void texts.delete(path),
    draft: nothing,
    publish: nothing,
    fetch: nothing,
    close: async () => undefined,
  };
}

describe('the lock of a writer', () => {
  it('is one per archive until it is let go', async () => {
    const texts = new Map<string, string>();
    const unlock = await lockArchive(placeOf(texts));
    await expect(lockArchive(placeOf(texts))).rejects.toThrow(
      /process \d+ on .* writes to this archive; if that is gone, remove s3:\/\/bucket\/prefix\/\.writer/,
    );
    await unlock();
    expect(texts.size).toBe(0);
    await (await lockArchive(placeOf(texts)))();
  });

  it('that this process could not let go is taken over by it', async () => {
    const texts = new Map<string, string>();
    const place = placeOf(texts);
    const unlock = await lockArchive({ ...place, remove: () => Promise.reject(new Error('the server is away')) });
    await expect(unlock()).rejects.toThrow('the server is away');
    await (await lockArchive(place))();
    expect(texts.size).toBe(0);
  });

  it('of another machine is left alone, of a process of this one that is gone taken over', async () => {
    await expect(lockArchive(placeOf(new Map([['.writer', 'elsewhere 17 t']])))).rejects.toThrow(
      'process 17 on elsewhere',
    );
    const texts = new Map([['.writer', `${hostname()} 999999999 t`]]);
    await (await lockArchive(placeOf(texts)))();
    expect(texts.size).toBe(0);
  });

  it('is not to be had of a server that overwrites what is there', async () => {
    const texts = new Map<string, string>();
    await expect(lockArchive(placeOf(texts, { overwrites: true }))).rejects.toThrow(
      /use one that knows conditional writes/,
    );
    expect(texts.size).toBe(0);
  });

  it('is ours when only the answer of the server was lost', async () => {
    const texts = new Map<string, string>();
    const place = placeOf(texts);
    let isLost = true;
    const createText: ArchivePlace['createText'] = async (path, text) => {
      const isMade = await place.createText(path, text);
      const answer = isMade && !isLost;
      isLost = false;
      return answer;
    };
    await (await lockArchive({ ...place, createText }))();
    expect(texts.size).toBe(0);
  });
});
