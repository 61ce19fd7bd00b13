import { createWatchedFile } from '@holdfast/observability';
import { createAddressGuard, createHttpClient } from '@holdfast/webhook';
import type { ReadChannels } from '../channels/channel-file.ts';
import type { DirectoryPlan } from '../channels/channel-plan.ts';
import type { ContactDirectory } from '../ports.ts';
import { type AddressBook, createFileDirectory, readAddressBook } from './file-directory.ts';
import { createHttpDirectory } from './http-directory.ts';

/** The directory that the channel file names now. */
export interface LiveDirectory extends ContactDirectory {
  use(read: Pick<ReadChannels, 'directory' | 'secret' | 'fingerprintOf'>): Promise<void>;
  close(): Promise<void>;
}

interface Opened extends ContactDirectory {
  close(): Promise<void>;
}

const CONNECTIONS = 32;
const LOOK_EVERY_MS = 5_000;

/** `onError` is told of an address file that cannot be used; the addresses read before stay. */
export function createLiveDirectory(onError: (error: unknown) => void): LiveDirectory {
  let current: { readonly fingerprint: string; readonly directory: Opened } | undefined;
  return {
    addressOf: async (customerId, channel) => {
      // A channel that wants addresses is named together with a directory; this one is on its way out.
      if (current === undefined) return { kind: 'retry', detail: 'directory-unnamed' };
      return current.directory.addressOf(customerId, channel);
    },
    async use(read) {
      const fingerprint = read.fingerprintOf(read.directory ?? null);
      if (current?.fingerprint === fingerprint) return;
      const previous = current;
      current = read.directory && { fingerprint, directory: await opened(read.directory, read.secret, onError) };
      await previous?.directory.close();
    },
    async close() {
      await current?.directory.close();
    },
  };
}

async function opened(
  plan: DirectoryPlan,
  secret: ReadChannels['secret'],
  onError: (error: unknown) => void,
): Promise<Opened> {
  if ('http' in plan) {
    const guard = createAddressGuard({ allow: 'all' });
    const client = createHttpClient({ timeoutMs: plan.http.timeout, connections: CONNECTIONS, guard });
    return { ...createHttpDirectory(plan.http, { client, secret }), close: () => client.close() };
  }
  let text: string | undefined;
  let book: AddressBook | undefined;
  const file = createWatchedFile(
    { path: plan.file.path, everyMs: LOOK_EVERY_MS },
    {
      take(found) {
        if (found === text) return;
        text = found;
        book = readAddressBook(found);
      },
      failed: onError,
    },
  );
  await file.look();
  return { ...createFileDirectory(() => book), close: () => file.close() };
}
