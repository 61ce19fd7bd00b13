import { createFolderPlace } from './folder-place.ts';
import { s3Address } from './s3-address.ts';
import { createS3Place } from './s3-place.ts';

/**
 * Where an archive lies. Paths are relative to it, with `/` between. A file is there whole or not at all, and never changes
 * once it has its name. What cannot be done rejects with `ArchiveError`.
 */
export interface ArchivePlace {
  /** For people: a folder, or `s3://bucket/prefix`. */
  readonly name: string;
  /** Of everything that lies there. */
  paths(): Promise<readonly string[]>;
  /** Undefined where there is no such file. */
  readText(path: string): Promise<string | undefined>;
  /** False where the name is taken. */
  createText(path: string, text: string): Promise<boolean>;
  /** Replaces what has the name. */
  writeText(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Where on this machine the file is written that is to get this name. */
  draft(path: string): Promise<string>;
  /** Gives a written draft its name; `overlap` where that is another's. */
  publish(draft: string, path: string): Promise<void>;
  /** The file on this machine; at most one copy of it is held until it is let go. */
  fetch(path: string): Promise<FetchedFile>;
  /** Leaves nothing on this machine that lies elsewhere. */
  close(): Promise<void>;
}

export interface FetchedFile {
  /** On this machine. */
  readonly path: string;
  release(): Promise<void>;
}

export interface PlaceOptions {
  /** A server that has no name of its own per bucket: `endpoint/bucket/key`. */
  readonly isPathStyle?: boolean;
  /** For copies of what lies elsewhere; whoever names it removes it. Default: one of its own, gone with `close`. */
  readonly scratchDir?: string;
}

/** A folder, or `s3://bucket/prefix`. Endpoint, region and credentials of S3 are those of the environment and of `~/.aws`. */
export async function openPlace(location: string, options: PlaceOptions = {}): Promise<ArchivePlace> {
  const address = s3Address(location);
  return address ? await createS3Place(address, options) : createFolderPlace(location);
}
