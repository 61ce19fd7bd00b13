import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';

/** A settings file that cannot be used. Says where, and repeats no value: it may be a secret. */
export class SettingsFileError extends Error {
  override readonly name = 'SettingsFileError';
}

/** Largest file taken, in characters. */
const MAX_LENGTH = 4_194_304;
const MAX_PROBLEMS = 10;

/** Reads YAML by a schema. Throws SettingsFileError with one line per problem: line of the file, place, what is expected. */
export function readSettings<S extends z.ZodType>(text: string, schema: S): z.output<S> {
  if (text.length > MAX_LENGTH) throw new SettingsFileError(`the file has more than ${MAX_LENGTH} characters`);
  const lines = new LineCounter();
  // Without the pretty form: it quotes the line, and a secret may stand there.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken) throw new SettingsFileError(`line ${lines.linePos(broken.pos[0]).line}: is no YAML (${broken.code})`);
  const parsed = schema.safeParse(plainValue(document));
  if (parsed.success) return parsed.data;
  const lineOf = (path: readonly PropertyKey[]) => {
    const range = deepestNode(document, path)?.range;
    return range ? lines.linePos(range[0]).line : 1;
  };
  const problems = parsed.error.issues.slice(0, MAX_PROBLEMS);
  throw new SettingsFileError(problems.map((issue) => `line ${lineOf(issue.path)}: ${describe(issue)}`).join('; '));
}

type Document = ReturnType<typeof parseDocument>;

/** Aliases are not taken: a few of them can stand for more than fits into memory. */
function plainValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw new SettingsFileError('the file uses an alias (*name); write the value out');
  }
}

/** The node at the path, or the one it would have to be in. */
function deepestNode(document: Document, path: readonly PropertyKey[]) {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (node !== null && typeof node === 'object' && 'range' in node) return node as NonNullable<Document['contents']>;
  }
  return document.contents;
}

function describe(issue: z.core.$ZodIssue): string {
  const place = issue.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  const where = place.replace(/^\./, '') || 'the file';
  if (issue.code === 'unrecognized_keys') return `${where} has a field that does not exist: ${issue.keys.join(', ')}`;
  if (issue.code === 'invalid_type' && issue.input === undefined) return `${where} is missing or of the wrong type`;
  return `${where}: ${issue.message}`;
}
