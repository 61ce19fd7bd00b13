import { type FollowedFile, type FollowedFileDeps, followFile } from '@holdfast/observability';
import type { ReadSecret } from '@holdfast/webhook';
import { type ReadChannels, readChannelFile } from './channel-file.ts';

export interface FollowDeps extends Omit<FollowedFileDeps<ReadChannels>, 'read'> {
  readonly readSecret: ReadSecret;
}

/** Puts the channel file in force, and again whenever it or one of its secrets changes. */
export function followChannelFile(
  options: { readonly path: string; readonly everyMs: number },
  { readSecret, ...deps }: FollowDeps,
): FollowedFile {
  return followFile(
    { what: 'channel file', ...options },
    {
      ...deps,
      read(text) {
        const value = readChannelFile(text, readSecret);
        return { value, fingerprint: value.fingerprintOf([value.channels, value.directory]) };
      },
    },
  );
}
