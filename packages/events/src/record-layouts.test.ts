import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FIELD_MEANINGS } from '../test/field-meanings.ts';
import { RECORDS_FILE, recordLayouts } from '../test/record-layouts.ts';
import { schemaTable } from './schema-table.ts';

describe('RECORDS.md', () => {
  it('says what the schemas say', () => {
    const written = readFileSync(RECORDS_FILE, 'utf8');
    expect(written === recordLayouts(), 'run: node packages/events/test/record-layouts.ts').toBe(true);
  });

  it('explains no field that is gone', () => {
    const names = new Set(
      schemaTable().flatMap(({ record, schema }) =>
        (schema as { fields: { name: string }[] }).fields.flatMap(({ name }) => [name, `${record}.${name}`]),
      ),
    );
    expect(Object.keys(FIELD_MEANINGS).filter((name) => !names.has(name))).toEqual([]);
  });
});
