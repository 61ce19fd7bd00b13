import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type AvroSchema, breakingChanges, type SchemaEntry, schemaTable } from '../src/index.ts';

/**
 * The released schemas: `schemas/<record>.<version>.avsc`, one file per version that may be in a log somewhere. The
 * newest one equals the source; a changed source is released by running this file:
 *
 *     node packages/events/test/released-schemas.ts            write changed schemas as new versions
 *     node packages/events/test/released-schemas.ts --amend    overwrite the newest version, which never left this machine
 */
const FOLDER = fileURLToPath(new URL('../schemas/', import.meta.url));

export interface ReleasedSchema {
  readonly record: string;
  readonly version: number;
  readonly text: string;
  readonly schema: AvroSchema;
}

/** Every released version of every record, oldest first. */
export function releasedSchemas(): readonly ReleasedSchema[] {
  return readdirSync(FOLDER)
    .map((file) => {
      const [record = '', version] = file.split('.');
      const text = readFileSync(`${FOLDER}${file}`, 'utf8');
      return { record, version: Number(version), text, schema: JSON.parse(text) as AvroSchema };
    })
    .sort((left, right) => left.record.localeCompare(right.record) || left.version - right.version);
}

/** The content of a release file. */
export function schemaText(schema: AvroSchema): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function release(amend: boolean): void {
  mkdirSync(FOLDER, { recursive: true });
  const released = releasedSchemas();
  for (const entry of schemaTable()) {
    const versions = released.filter(({ record }) => record === entry.record);
    const newest = versions[versions.length - 1];
    if (newest?.text === schemaText(entry.schema)) continue;
    const kept = amend ? versions.slice(0, -1) : versions;
    refuseBreaks(entry, kept);
    const file = `${entry.record}.${(kept[kept.length - 1]?.version ?? 0) + 1}.avsc`;
    writeFileSync(`${FOLDER}${file}`, schemaText(entry.schema));
    console.log(`wrote ${file}`);
  }
}

function refuseBreaks(entry: SchemaEntry, versions: readonly ReleasedSchema[]): void {
  for (const { version, schema } of versions) {
    const breaks = breakingChanges(entry.schema, schema);
    if (breaks.length === 0) continue;
    throw new Error(`${entry.record} could not read what version ${version} wrote: ${breaks.join('; ')}`);
  }
}

if (import.meta.main) release(process.argv.includes('--amend'));
