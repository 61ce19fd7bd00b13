import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ACCESS, type Access, PUBLIC, ROLES } from '../src/security/roles.ts';

/**
 * The table of who may do what, as the README shows it:
 *
 *     node services/gateway/test/access-table.ts --write
 */
export const README = fileURLToPath(new URL('../README.md', import.meta.url));

const BEGIN = '<!-- who may do what: written by test/access-table.ts -->';
const END = '<!-- end of who may do what -->';

/** The README with the table as it is in the source. Throws when it has no place for one. */
export function withAccessTable(readme: string): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`the README needs ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${table()}\n\n${END}${after}`;
}

function table(): string {
  const rows = [
    ['route', ...ROLES],
    ['-', ...ROLES.map(() => ':')],
    ...Object.entries(ACCESS).map(([route, access]) => [`\`${route}\``, ...ROLES.map((role) => mark(access, role))]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) => row.map((cell, column) => padded(cell, column, widths[column] ?? 0));
  return rows.map((row) => `| ${line(row).join(' | ')} |`).join('\n');
}

function mark(access: Access, role: (typeof ROLES)[number]): string {
  if (access === PUBLIC) return 'open';
  return access.includes(role) ? 'yes' : '';
}

/** As the formatter of the project has it: marks in the middle of their column. */
function padded(cell: string, column: number, width: number): string {
  if (cell === '-') return '-'.repeat(width);
  if (cell === ':') return `:${'-'.repeat(width - 2)}:`;
  const left = column === 0 ? 0 : Math.floor((width - cell.length) / 2);
  return (' '.repeat(left) + cell).padEnd(width);
}

if (import.meta.main && process.argv.includes('--write')) {
  writeFileSync(README, withAccessTable(readFileSync(README, 'utf8')));
}
