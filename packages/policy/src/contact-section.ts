import { CAP, CONTACT_POLICY, EXCLUSION, HOLDOUT, REJECTIONS, VULNERABLE } from './contact-language.ts';
import { type ChannelPlan, type ContactCap, type ContactPolicy, UNLIMITED } from './contact-model.ts';
import type { Reporter } from './diagnostic.ts';
import type { ExpressionCompiler } from './expression.ts';
import type { Exclusion } from './model.ts';
import { readQuietHours } from './quiet-section.ts';
import { type FieldReader, readFields } from './reader.ts';
import { type Known, knownName, knownNames } from './references.ts';
import type { Entry, Located } from './yaml-source.ts';

/** What a contact policy may name. */
export interface ContactRules {
  readonly channels: ReadonlyMap<string, ChannelPlan>;
  readonly offers: ReadonlyMap<string, unknown>;
}

type PolicyReader = FieldReader<typeof CONTACT_POLICY>;

export function readContactPolicy(
  entry: Entry,
  rules: ContactRules,
  compiler: ExpressionCompiler,
  report: Reporter,
): ContactPolicy {
  const reader = readFields(entry, CONTACT_POLICY, report);
  if (reader === undefined) return UNLIMITED;
  const channels: Known = { what: 'channel', names: rules.channels };
  return {
    caps: reader.items('caps').flatMap((item) => readCap(item, rules, report) ?? []),
    minimumGapMs: reader.value('minimumGap') ?? 0,
    cooldownMs: reader.value('cooldown') ?? 0,
    acceptanceCooldownMs: reader.value('acceptanceCooldown') ?? 0,
    ...readRejections(reader, report),
    quietHours: readQuietHours(reader.entry('quietHours'), channels, report),
    exempt: reader.has('exempt') ? reader.values('exempt') : UNLIMITED.exempt,
    ...readVulnerable(reader, rules, compiler, report),
  };
}

/** One exclusion: `{ when, scope?: all | marketing }`. */
export function readExclusion(entry: Entry, compiler: ExpressionCompiler, report: Reporter): Exclusion | undefined {
  const reader = readFields(entry, EXCLUSION, report);
  const when = reader?.entry('when');
  const scope = reader?.valueOr('scope', 'all' as const);
  const condition = when === undefined ? undefined : compiler.condition(when);
  return condition === undefined || scope === undefined ? undefined : { id: entry.key, when: condition, scope };
}

/** `{ share, salt }`. */
export function readHoldout(entry: Entry, report: Reporter): { readonly share: number; readonly salt: string } {
  const reader = readFields(entry, HOLDOUT, report);
  return { share: reader?.value('share') ?? 0, salt: reader?.value('salt') ?? '' };
}

function readCap(item: Located, { channels, offers }: ContactRules, report: Reporter): ContactCap | undefined {
  const reader = readFields(item, CAP, report);
  const max = reader?.value('max');
  const perMs = reader?.value('per');
  if (reader === undefined || max === undefined || perMs === undefined) return undefined;
  const channel = knownName(reader.entry('channel'), { what: 'channel', names: channels }, report);
  const offer = knownName(reader.entry('offer'), { what: 'offer', names: offers }, report);
  const category = reader.value('category');
  return {
    max,
    perMs,
    ...(channel === undefined ? {} : { channel }),
    ...(category === undefined ? {} : { category }),
    ...(offer === undefined ? {} : { offer }),
  };
}

function readRejections(reader: PolicyReader, report: Reporter): Pick<ContactPolicy, 'rejections'> {
  const entry = reader.entry('rejections');
  const rejections = entry && readFields(entry, REJECTIONS, report);
  const max = rejections?.value('max');
  const withinMs = rejections?.value('within');
  const silentForMs = rejections?.value('silentFor');
  if (max === undefined || withinMs === undefined || silentForMs === undefined) return {};
  return { rejections: { max, withinMs, silentForMs } };
}

function readVulnerable(
  reader: PolicyReader,
  { channels }: ContactRules,
  compiler: ExpressionCompiler,
  report: Reporter,
): Pick<ContactPolicy, 'vulnerable'> {
  const entry = reader.entry('vulnerable');
  const vulnerable = entry && readFields(entry, VULNERABLE, report);
  const whenEntry = vulnerable?.entry('when');
  const when = whenEntry && compiler.condition(whenEntry);
  if (vulnerable === undefined || when === undefined) return {};
  const named = knownNames(vulnerable.names('channels'), { what: 'channel', names: channels }, report);
  const withPerson = [...channels.values()].filter(({ isPerson }) => isPerson).map(({ id }) => id);
  return { vulnerable: { when, channels: vulnerable.has('channels') ? named : withPerson } };
}
