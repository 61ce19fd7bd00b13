import type { LogRecord } from '@holdfast/engine';
import type { ArchivePlace } from './archive-place.ts';

const NAME = /^schemas\/(\d{1,10})\.avsc$/;
const WIRE_HEADER_BYTES = 5;

/** The writer's schema a value names in the Confluent wire format; undefined for other bytes. */
export function schemaIdOf({ value }: Pick<LogRecord, 'value'>): number | undefined {
  if (!value || value.length < WIRE_HEADER_BYTES || value[0] !== 0) return undefined;
  return value.readInt32BE(1);
}

/** Keeps the schemas that archived values were written with, so that nobody needs the registry to read them. */
export interface SchemaFiles {
  has(id: number): boolean;
  add(id: number, schema: string): Promise<void>;
}

export async function openSchemaFiles(place: ArchivePlace): Promise<SchemaFiles> {
  const known = new Set(await idsIn(place));
  return {
    has: (id) => known.has(id),
    async add(id, schema) {
      await place.writeText(pathOf(id), schema);
      known.add(id);
    },
  };
}

/** Schemas by registry id, as JSON texts. */
export async function readSchemas(place: ArchivePlace): Promise<ReadonlyMap<number, string>> {
  const schemas = new Map<number, string>();
  for (const id of await idsIn(place)) schemas.set(id, (await place.readText(pathOf(id))) ?? '');
  return schemas;
}

async function idsIn(place: ArchivePlace): Promise<number[]> {
  return (await place.paths()).flatMap((path) => NAME.exec(path)?.[1] ?? []).map(Number);
}

function pathOf(id: number): string {
  return `schemas/${id}.avsc`;
}
