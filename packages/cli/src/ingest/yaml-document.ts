import {
  keyPlaceOf,
  type Located,
  listItems,
  mapEntries,
  type Place,
  parseYaml,
  placeOf,
  type Reporter,
  scalarText,
} from '@holdfast/policy';
import type { z } from 'zod';
import { keysOf } from './yaml-words.ts';

type Path = readonly PropertyKey[];

/** What a YAML file says, and where it says it. */
export interface YamlDocument<T> {
  readonly value: T;
  /** Of the value at the path, or of what it is missing in. */
  placeAt(path: Path): Place;
}

/**
 * Reads a file against a schema whose scalars are texts, as they are written. Every mistake is reported with file, line and
 * column, an unknown key with the nearest known one; then the answer is undefined.
 */
export function readYamlDocument<S extends z.ZodType>(
  file: { readonly path: string; readonly text: string },
  schema: S,
  report: Reporter,
): YamlDocument<z.output<S>> | undefined {
  const root = parseYaml(file.path, file.text, report);
  if (root === undefined) {
    if (report.errorCount === 0) report.error({ file: file.path, line: 1, column: 1 }, 'the file is empty');
    return undefined;
  }
  const parsed = schema.safeParse(plainOf(root), { reportInput: true });
  if (parsed.success) return { value: parsed.data, placeAt: (path) => placeOf(find(root, path).value) };
  for (const issue of parsed.error.issues) tell(issue, root, report);
  return undefined;
}

function plainOf(value: Located): unknown {
  const entries = scalarText(value) === undefined && value.node !== null ? mapEntries(value) : undefined;
  if (entries !== undefined) return Object.fromEntries(entries.map((entry) => [entry.key, plainOf(entry)]));
  const items = listItems(value);
  return items === undefined ? (scalarText(value) ?? '') : items.map(plainOf);
}

interface Found {
  readonly value: Located;
  /** Whether the whole path is there. */
  readonly isWhole: boolean;
}

function find(root: Located, path: Path): Found {
  let value = root;
  for (const step of path) {
    const inner =
      typeof step === 'number'
        ? listItems(value)?.[step]
        : isMap(value)
          ? mapEntries(value)?.find(({ key }) => key === step)
          : undefined;
    if (inner === undefined) return { value, isWhole: false };
    value = inner;
  }
  return { value, isWhole: true };
}

function isMap(value: Located): boolean {
  return scalarText(value) === undefined && mapEntries(value) !== undefined;
}

function tell(issue: z.core.$ZodIssue, root: Located, report: Reporter): void {
  const { value, isWhole } = find(root, issue.path);
  if (issue.code === 'unrecognized_keys') tellUnknownKeys(issue, value, report);
  else report.error(placeOf(value), isWhole ? wording(issue) : `${String(issue.path.at(-1))} is missing`);
}

function tellUnknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, map: Located, report: Reporter): void {
  for (const key of issue.keys) {
    const entry = mapEntries(map)?.find((other) => other.key === key);
    report.unknown(entry ? keyPlaceOf(entry) : placeOf(map), `key of ${issue.message}`, key, keysOf(issue.message));
  }
}

function wording(issue: z.core.$ZodIssue): string {
  const key = issue.path.at(-1);
  return issue.code === 'custom' || key === undefined ? issue.message : `${String(key)}: ${expectation(issue)}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  if (issue.code === 'invalid_union' && 'discriminator' in issue) return 'must be csv or fixed-width';
  if (issue.code === 'invalid_type')
    return `must be ${issue.expected === 'array' ? 'a list' : (EXPECTED[issue.expected] ?? issue.expected)}`;
  if (issue.code === 'invalid_format') return issue.message;
  return issue.message.replace(/^Invalid input: |^(Too (small|big)): /, '');
}

const EXPECTED: Readonly<Record<string, string>> = { object: 'a map', record: 'a map', string: 'a text' };
