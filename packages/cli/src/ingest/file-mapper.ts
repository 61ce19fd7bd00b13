import { formatDiagnostic } from '@holdfast/policy';
import type { MappingFile } from './mapping-file.ts';
import { createRowMapper, type RowOutcome } from './row-mapper.ts';
import type { Row, RowReader } from './row-reader.ts';
import { UnfitFile } from './unfit-file.ts';

/** What rows of the file become, once its columns are known. Throws `UnfitFile` when the mapping names others. */
export function mapperFor(mapping: MappingFile, reader: RowReader): (row: Row) => RowOutcome {
  const columns = reader.columns() ?? [];
  const missing = mapping.missingColumns(columns);
  if (missing.length > 0) {
    throw new UnfitFile(`the mapping does not fit the file:\n${missing.map(formatDiagnostic).join('\n')}`);
  }
  const toOutcome = createRowMapper(mapping, columns);
  return (row) => ('problem' in row ? { kind: 'rejected', field: '', reason: row.problem } : toOutcome(row.cells));
}
