import { createHash } from 'node:crypto';
import {
  booleanAs,
  type CharacteristicTable,
  NOT_USED,
  numberAs,
  readCharacteristics,
  wordAs,
} from './characteristics.ts';
import { type Draft, type Mapped, MappingError, mapped } from './mapped.ts';
import { sumMinor } from './money.ts';
import { customerOf } from './parties.ts';
import type { UsageCreate } from './tmf-schemas.ts';

/** What each `usageCharacteristic` carries into `UsageRecorded`. */
export const USAGE_CHARACTERISTICS: CharacteristicTable = {
  durationSeconds: numberAs('durationSeconds'),
  quantityMb: numberAs('quantityMb'),
  direction: wordAs('direction', ['OUTGOING', 'INCOMING', 'UNKNOWN']),
  onNet: booleanAs('onNet'),
  zone: wordAs('zone', ['HOME', 'DOMESTIC', 'ROAMING', 'UNKNOWN']),
  failed: booleanAs('failed'),
  localHour: numberAs('localHour'),
  originatingNumber: NOT_USED,
  destinationNumber: NOT_USED,
  originatingCountryCode: NOT_USED,
  destinationCountryCode: NOT_USED,
};

const USAGE_TYPE = wordAs('kind', ['VOICE', 'SMS', 'DATA', 'OTHER']);
/** States of a usage that say it did not take place as it is told, or was told before. */
const NOT_TAKEN: ReadonlySet<string> = new Set(['rejected', 'recycled', 'rerated']);

/**
 * TMF635 `Usage_Create` → `UsageRecorded`. Without an `id` the event's id is made of everything that is mapped: the same
 * usage sent again is the same event, and two usages that differ in nothing are one.
 */
export function mapUsage(usage: UsageCreate, source: string): Mapped {
  return mapped(() => {
    if (usage.status !== undefined && NOT_TAKEN.has(usage.status)) {
      throw new MappingError(
        'invalid',
        'status',
        `is ${usage.status}`,
        'Send usages received, guided, rated or billed.',
      );
    }
    const characteristics = readCharacteristics(
      usage.usageCharacteristic ?? [],
      USAGE_CHARACTERISTICS,
      'usageCharacteristic',
    );
    const { amountMinor, currency } = sumMinor(charges(usage));
    const values = {
      ...characteristics.values,
      source,
      occurredAt: instantOf(usage.usageDate, 'usageDate'),
      customerId: customerOf(usage.relatedParty ?? [], 'relatedParty'),
      subscriptionId: lineOf(usage),
      kind: kindOf(usage),
      chargeMinor: amountMinor,
      currency,
    };
    const eventId = usage.id ?? contentId(values);
    return {
      type: 'UsageRecorded',
      values: { ...values, eventId },
      places: new Map([...PLACES, ...characteristics.places]),
    } satisfies Draft;
  });
}

const PLACES: ReadonlyMap<string, string> = new Map([
  ['eventId', 'id'],
  ['occurredAt', 'usageDate'],
  ['customerId', 'relatedParty'],
  ['subscriptionId', 'ratedProductUsage[0].productRef.id'],
  ['kind', 'usageType'],
  ['chargeMinor', 'ratedProductUsage[0].taxIncludedRatingAmount.value'],
  ['currency', 'ratedProductUsage[0].taxIncludedRatingAmount.unit'],
]);

/** Milliseconds of a time that the schema has read as one. */
export function instantOf(text: string | undefined, field: string): number {
  if (text !== undefined) return Date.parse(text);
  throw new MappingError('missing', field, 'is missing', 'Send when it happened, such as "2026-11-01T08:00:00Z".');
}

function kindOf({ usageType }: UsageCreate): unknown {
  const fix = `Send ${USAGE_TYPE.expected}.`;
  if (usageType === undefined) throw new MappingError('missing', 'usageType', 'is missing', fix);
  const kind = USAGE_TYPE.read(usageType);
  if (kind === undefined) throw new MappingError('unknown', 'usageType', 'is no kind of usage', fix);
  return kind;
}

function lineOf({ ratedProductUsage = [] }: UsageCreate): string {
  const field = 'ratedProductUsage[0].productRef.id';
  const ids = new Set(ratedProductUsage.flatMap(({ productRef }) => productRef?.id ?? []));
  const [line, ...others] = ids;
  const fix = 'Send the id of the line as productRef.id, the same in each rating.';
  if (line === undefined) throw new MappingError('missing', field, 'is missing', fix);
  if (others.length > 0) throw new MappingError('contradiction', 'ratedProductUsage', `names ${ids.size} lines`, fix);
  return line;
}

/** With tax; without it only where none is due. */
function charges({ ratedProductUsage = [] }: UsageCreate) {
  return ratedProductUsage.flatMap((rating, index) => {
    const path = `ratedProductUsage[${index}]`;
    const { taxIncludedRatingAmount, taxExcludedRatingAmount, isTaxExempt } = rating;
    if (taxIncludedRatingAmount !== undefined) {
      return [{ money: taxIncludedRatingAmount, path: `${path}.taxIncludedRatingAmount` }];
    }
    if (taxExcludedRatingAmount === undefined) return [];
    if (isTaxExempt) return [{ money: taxExcludedRatingAmount, path: `${path}.taxExcludedRatingAmount` }];
    const fix = 'Send the amount with tax, or "isTaxExempt": true.';
    throw new MappingError('missing', `${path}.taxIncludedRatingAmount`, 'is missing', fix);
  });
}

function contentId(values: Readonly<Record<string, unknown>>): string {
  const content = Object.keys(values)
    .sort()
    .map((name) => [name, values[name]]);
  return `usage-${createHash('sha256').update(JSON.stringify(content)).digest('base64url')}`;
}
