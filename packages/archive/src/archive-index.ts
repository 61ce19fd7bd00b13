import { ArchiveError } from './archive-error.ts';
import { type ArchiveFile, fileAt, pathOf, UNFINISHED } from './archive-file.ts';
import type { ArchivePlace } from './archive-place.ts';

/** Whose records an archive holds. */
export interface ArchiveIdentity {
  readonly clusterId: string;
  /** Of the input topics. */
  readonly partitions: number;
}

/** Offsets `[from, to)` that no file has. */
export interface Gap {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** What lies in an archive, as its names tell. */
export interface ArchiveIndex {
  readonly identity: ArchiveIdentity;
  readonly topics: readonly string[];
  /** In the order of offsets; empty for what is not there. */
  filesOf(topic: string, partition: number): readonly ArchiveFile[];
  /** The offset after the newest file; undefined when there is none. */
  nextOffset(topic: string, partition: number): number | undefined;
  readonly gaps: readonly Gap[];
}

const MANIFEST = 'archive.json';
const FORMAT = 1;

/** Reads the names. Throws `ArchiveError`: not an archive, of a later format, or two files with the same offset. */
export async function readIndex(place: ArchivePlace): Promise<ArchiveIndex> {
  const identity = await readIdentity(place);
  if (!identity) {
    throw new ArchiveError(
      'unreadable',
      `${place.name} is no archive: it has no ${MANIFEST}; holdfast archive makes one`,
    );
  }
  return indexOf(identity, await listFiles(place));
}

/** The same for whoever is about to write: makes the archive where there is none. */
export async function createIndex(place: ArchivePlace, identity: ArchiveIdentity): Promise<ArchiveIndex> {
  const found = await readIdentity(place);
  if (found && (found.clusterId !== identity.clusterId || found.partitions !== identity.partitions)) {
    const of = ({ clusterId, partitions }: ArchiveIdentity) => `cluster ${clusterId} with ${partitions} partitions`;
    throw new ArchiveError(
      'foreign',
      `${place.name} holds records of ${of(found)}, these are of ${of(identity)}; use another place`,
    );
  }
  if (!found) await place.writeText(MANIFEST, `${JSON.stringify({ format: FORMAT, ...identity })}\n`);
  return indexOf(identity, await listFiles(place));
}

/** What writers that died have left. */
export async function removeUnfinished(place: ArchivePlace): Promise<void> {
  for (const path of await place.paths()) if (path.endsWith(UNFINISHED)) await place.remove(path);
}

async function readIdentity(place: ArchivePlace): Promise<ArchiveIdentity | undefined> {
  const text = await place.readText(MANIFEST);
  if (text === undefined) return undefined;
  const { format, clusterId, partitions } = parse(text);
  if (format !== FORMAT || typeof clusterId !== 'string' || typeof partitions !== 'number') {
    throw new ArchiveError(
      'unreadable',
      `${place.name}: ${MANIFEST} is of another release: format ${FORMAT} is expected`,
    );
  }
  return { clusterId, partitions };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

async function listFiles(place: ArchivePlace): Promise<readonly ArchiveFile[]> {
  return (await place.paths()).flatMap((path) => fileAt(path) ?? []);
}

function indexOf(identity: ArchiveIdentity, files: readonly ArchiveFile[]): ArchiveIndex {
  const nameOf = (topic: string, partition: number) => `${topic}/${partition}`;
  const grouped = Map.groupBy(files, ({ topic, partition }) => nameOf(topic, partition));
  const gaps: Gap[] = [];
  for (const own of grouped.values()) {
    own.sort((a, b) => a.first - b.first);
    for (const [i, file] of own.entries()) gaps.push(...gapBefore(file, own[i - 1]));
  }
  const filesOf = (topic: string, partition: number) => grouped.get(nameOf(topic, partition)) ?? [];
  return {
    identity,
    topics: [...new Set(files.map(({ topic }) => topic))].sort(),
    filesOf,
    nextOffset(topic, partition) {
      const newest = filesOf(topic, partition).at(-1);
      return newest && newest.last + 1;
    },
    gaps,
  };
}

function gapBefore(file: ArchiveFile, before: ArchiveFile | undefined): readonly Gap[] {
  if (!before || file.first === before.last + 1) return [];
  if (file.first <= before.last) {
    const message = `${pathOf(before)} and ${pathOf(file)} have offsets in common; two archivers wrote here: remove one of the files`;
    throw new ArchiveError('overlap', message);
  }
  return [{ topic: file.topic, partition: file.partition, from: before.last + 1, to: file.first }];
}
