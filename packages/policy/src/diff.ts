import type { CompiledPolicy } from './model.ts';
import { keyOf, type Outline, type OutlineEntry, outlineOf, type Plain } from './outline.ts';
import { stageText } from './stage.ts';

/** A policy with the files it was compiled from. */
export interface WrittenPolicy {
  readonly files: Readonly<Record<string, string>>;
  readonly policy: CompiledPolicy;
}

export interface FieldChange {
  /** Inside the entry, `goal.target`; empty for the entry as a whole. */
  readonly path: string;
  /** Null where there is nothing. */
  readonly before: string | null;
  readonly after: string | null;
}

/** One definition that is another, or one setting. */
export interface EntryChange {
  readonly section: string;
  /** Empty for a setting. */
  readonly id: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** What is different, where the entry was changed. */
  readonly fields: readonly FieldChange[];
  /** As written; null where there is none. */
  readonly before: string | null;
  readonly after: string | null;
}

/** What becomes of a campaign. */
export interface CampaignChange {
  readonly campaign: string;
  /** `canary(10%)`, `live` …; null where the campaign is not there. */
  readonly stageBefore: string | null;
  readonly stageAfter: string | null;
  /** Share of customers it is open to. */
  readonly shareBefore: number;
  readonly shareAfter: number;
  /** Entries that are others and that it comes to in any way, `offers/care_call`; itself included. */
  readonly because: readonly string[];
}

export interface PolicyDiff {
  readonly before: string | null;
  readonly after: string;
  readonly changes: readonly EntryChange[];
  /** Campaigns with another stage, or that come to something that is another. */
  readonly campaigns: readonly CampaignChange[];
}

/**
 * What is another in a policy, by definition instead of by line: comments, layout, order and the file do not matter, and the
 * stage of a campaign is one thing wherever it is written.
 */
export function diffPolicies(before: WrittenPolicy | undefined, after: WrittenPolicy): PolicyDiff {
  const [from, to] = [outlineOf(before?.files ?? {}), outlineOf(after.files)];
  const changes = [...new Set([...from.keys(), ...to.keys()])]
    .sort()
    .flatMap((key) => entryChange(withoutStage(from.get(key)), withoutStage(to.get(key))));
  const changed = new Set(changes.map(keyOf));
  const ids = new Set([...(before?.policy.campaigns.keys() ?? []), ...after.policy.campaigns.keys()]);
  const campaigns = [...ids].sort().map((id): CampaignChange => {
    const [old, now] = [before?.policy.campaigns.get(id), after.policy.campaigns.get(id)];
    const read = new Set([...entriesRead(from, id), ...entriesRead(to, id)]);
    return {
      campaign: id,
      stageBefore: old ? stageText(old) : null,
      stageAfter: now ? stageText(now) : null,
      shareBefore: old?.share ?? 0,
      shareAfter: now?.share ?? 0,
      because: [...changed].filter((key) => read.has(key)),
    };
  });
  return {
    before: before?.policy.version ?? null,
    after: after.policy.version,
    changes: [...changes, ...campaigns.flatMap(stageChange)].sort(bySection),
    campaigns: campaigns.filter(isChanged),
  };
}

/** Settings that say something of the text, not of what is done. */
const SILENT_SETTINGS: ReadonlySet<string> = new Set(['approval', 'includes', '$version', 'base-customers']);
/** What is reached only through a reference. Everything else, exclusions and settings, is about every campaign. */
const REFERRED: ReadonlySet<string> = new Set([
  'features',
  'segments',
  'templates',
  'triggers',
  'offers',
  'scripts',
  'campaigns',
  'channels',
]);

/**
 * All that a campaign comes to, itself included. A reference is any word in a text that is the id of something: that finds
 * too much now and then, and never too little, whatever the language has for referring.
 */
function entriesRead(outline: Outline, campaign: string): ReadonlySet<string> {
  const byId = Map.groupBy(
    [...outline.values()].filter(({ section }) => section !== 'campaigns' && REFERRED.has(section)),
    ({ id }) => id,
  );
  const global = [...outline.values()].filter(
    ({ section }) => !REFERRED.has(section) && section !== 'stages' && !SILENT_SETTINGS.has(section),
  );
  const own = outline.get(`campaigns/${campaign}`);
  const read = new Map<string, OutlineEntry>();
  const open = own ? [own, ...global] : [];
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    if (read.has(keyOf(entry))) continue;
    read.set(keyOf(entry), entry);
    for (const word of wordsIn(entry.value)) open.push(...(byId.get(word) ?? []));
  }
  return new Set(read.keys());
}

/** Ids, and names of channels, which may have a hyphen: `a-b` is both that and two ids of an expression. */
function wordsIn(value: Plain): ReadonlySet<string> {
  const text = textOf(value) ?? '';
  return new Set([
    ...(text.match(/[a-z][a-z0-9_]*/g) ?? []),
    ...(text.match(/[a-z][a-z0-9_]*(?:-[a-z0-9_]+)+/g) ?? []),
  ]);
}

/** Stages are told once, as those of the campaigns. */
function withoutStage(entry: OutlineEntry | undefined): OutlineEntry | undefined {
  if (entry?.section === 'stages') return undefined;
  if (entry?.section !== 'campaigns' || !isRecord(entry.value)) return entry;
  const { stage: _, ...value } = entry.value;
  return { ...entry, value };
}

function entryChange(before: OutlineEntry | undefined, after: OutlineEntry | undefined): readonly EntryChange[] {
  const entry = after ?? before;
  if (!entry) return [];
  const { section, id } = entry;
  const texts = { before: before?.text ?? null, after: after?.text ?? null };
  if (!before || !after) return [{ section, id, kind: before ? 'removed' : 'added', fields: [], ...texts }];
  const fields = fieldChanges('', before.value, after.value);
  return fields.length === 0 ? [] : [{ section, id, kind: 'changed', fields, ...texts }];
}

function fieldChanges(path: string, before: Plain | undefined, after: Plain | undefined): readonly FieldChange[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => fieldChanges(path === '' ? key : `${path}.${key}`, before[key], after[key]));
  }
  if (areDefinitions(before) && areDefinitions(after) && before.length === after.length) {
    return before.flatMap((item, index) => fieldChanges(`${path}[${index}]`, item, after[index]));
  }
  return canonical(before) === canonical(after) ? [] : [{ path, before: textOf(before), after: textOf(after) }];
}

/** A list of definitions without names, such as caps: told one by one where none was added or taken away. */
function areDefinitions(value: Plain | undefined): value is readonly { readonly [key: string]: Plain }[] {
  return Array.isArray(value) && value.length > 0 && value.every(isRecord);
}

/** Equal for equal values, in whatever order their keys were written. */
function canonical(value: Plain | undefined): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

/** For people; YAML without quotes. */
function textOf(value: Plain | undefined): string | null {
  if (value === undefined) return null;
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  if (!isRecord(value)) return String(value);
  const pairs = Object.keys(value).map((key) => `${key}: ${textOf(value[key])}`);
  return `{ ${pairs.join(', ')} }`;
}

function isRecord(value: Plain | undefined): value is { readonly [key: string]: Plain } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of a campaign that is there before and after: of one that comes or goes the text is told. */
function stageChange({ campaign, stageBefore, stageAfter }: CampaignChange): readonly EntryChange[] {
  if (stageBefore === null || stageAfter === null || stageBefore === stageAfter) return [];
  const fields = [{ path: '', before: stageBefore, after: stageAfter }];
  return [{ section: 'stages', id: campaign, kind: 'changed', fields, before: stageBefore, after: stageAfter }];
}

function isChanged({ stageBefore, stageAfter, because }: CampaignChange): boolean {
  return stageBefore !== stageAfter || because.length > 0;
}

function bySection(a: EntryChange, b: EntryChange): number {
  const [left, right] = [keyOf(a), keyOf(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
