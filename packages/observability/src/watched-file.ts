import { readFile } from 'node:fs/promises';

export interface WatchedFile {
  /** Looks now; resolves when what was found has been taken or refused. */
  look(): Promise<void>;
  /** Looks no more; resolves when a look under way has ended. */
  close(): Promise<void>;
}

export interface WatchedFileOptions {
  readonly path: string;
  readonly everyMs: number;
}

/**
 * Hands over the text of a file whenever `take` should see it: at every look. It is read, not watched: a mounted
 * configuration is replaced through links, of which `fs.watch` says nothing. `take` compares; an error it throws, or a
 * file that cannot be read, goes to `failed`.
 */
export function createWatchedFile(
  options: WatchedFileOptions,
  { take, failed }: { take(text: string): Promise<void> | void; failed(error: unknown): void },
): WatchedFile {
  let looking: Promise<void> | undefined;
  const lookOnce = async () => {
    try {
      await take(await readFile(options.path, 'utf8'));
    } catch (error) {
      failed(error);
    }
  };
  const look = () => {
    looking ??= lookOnce().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const timer = setInterval(look, options.everyMs);
  return {
    look,
    async close() {
      clearInterval(timer);
      await looking;
    },
  };
}
