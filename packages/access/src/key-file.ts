import { stringify } from 'yaml';
import { z } from 'zod';
import { ROLES } from './roles.ts';
import { readSettings, SettingsFileError } from './settings-file.ts';

const MAX_KEYS = 10_000;
const MAX_NAMES = 100;
const NAME = /^[A-Za-z0-9._@-]{1,128}$/;

/** Of a key, a desk, a team: what may stand in logs and headers as it is. */
export const accessName = () => z.string().regex(NAME, 'must be 1 to 128 letters, digits or . _ @ -');

const keyEntry = z.strictObject({
  /** Who it belongs to; the keys that follow each other in a rotation have the same. */
  id: accessName(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits, lower case, as holdfast key create prints'),
  roles: z
    .array(z.enum(ROLES, `must be one of ${ROLES.join(', ')}`))
    .min(1, 'must name a role')
    .max(ROLES.length),
  /** Desks whose customers and work it opens; all where it is absent. */
  desks: z.array(accessName()).max(MAX_NAMES).optional(),
  teams: z.array(accessName()).max(MAX_NAMES).optional(),
  /** From then on it is refused. */
  notAfter: z.iso.datetime({ offset: true, error: 'must be a time such as 2027-03-01T00:00:00Z' }).optional(),
});

const keyFile = z.strictObject({ keys: z.array(keyEntry).max(MAX_KEYS) });

/** A key as it is kept: by its digest. */
export type KeyEntry = Readonly<z.output<typeof keyEntry>>;

/** Reads a file of API keys. Throws SettingsFileError, which names places and repeats no value. */
export function readKeyFile(text: string): readonly KeyEntry[] {
  const { keys } = readSettings(text, keyFile);
  const digests = new Map<string, number>();
  const firstOf = new Map<string, number>();
  for (const [index, entry] of keys.entries()) {
    const same = digests.get(entry.sha256);
    if (same !== undefined) throw new SettingsFileError(`keys[${index}] repeats the key of keys[${same}]`);
    digests.set(entry.sha256, index);
    const first = firstOf.get(entry.id) ?? index;
    firstOf.set(entry.id, first);
    const other = keys[first];
    // One id is one caller in logs and audit: what it may must not depend on which of its keys it sent.
    if (other && scopeOf(other) !== scopeOf(entry)) {
      throw new SettingsFileError(`keys[${index}] has the id of keys[${first}] and other roles, desks or teams`);
    }
  }
  return keys;
}

/** The lines of one entry, to put under `keys:`. */
export function keyEntryText(entry: KeyEntry): string {
  return stringify([entry], { lineWidth: 0, flowCollectionPadding: false }).replace(/^/gm, '  ').replace(/ +$/, '');
}

function scopeOf({ roles, desks, teams }: KeyEntry): string {
  const sorted = (names: readonly string[] | undefined) => (names ? [...names].sort() : null);
  return JSON.stringify([sorted(roles), sorted(desks), sorted(teams)]);
}
