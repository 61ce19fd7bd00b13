import type { CampaignChange, EntryChange, FieldChange, PolicyDiff } from '@holdfast/policy';
import { printableLines } from '../terminal-text.ts';

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;
/** Digits of a version shown to people, scheme included. */
const SHORT = 19;

export function shortVersion(version: string | null): string {
  return version === null || version === '' ? 'nothing' : version.slice(0, SHORT);
}

/** For people: every definition that is another, and what that means for campaigns. */
export function describeDiff(diff: PolicyDiff): string {
  return printableLines([`${shortVersion(diff.before)} → ${shortVersion(diff.after)}`, ...diffLines(diff)]);
}

export function diffLines({ changes, campaigns }: PolicyDiff): readonly string[] {
  if (changes.length === 0) return ['no difference: at the most comments, layout or files'];
  return [...changes.flatMap(changeLines), ...section('campaigns', campaigns.map(campaignLine))];
}

export function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function changeLines({ section: name, id, kind, fields, before, after }: EntryChange): readonly string[] {
  const head = `${SIGNS[kind]} ${id === '' ? name : `${name} ${id}`}`;
  if (kind === 'changed') return [head, ...fields.flatMap(fieldLines)];
  return [head, ...(after ?? before ?? '').split('\n').map((line) => `    ${line}`)];
}

function fieldLines({ path, before, after }: FieldChange): readonly string[] {
  const label = path === '' ? '' : `${path}: `;
  return [
    ...(before === null ? [] : [`    - ${label}${before}`]),
    ...(after === null ? [] : [`    + ${label}${after}`]),
  ];
}

function campaignLine({ campaign, stageBefore, stageAfter, because }: CampaignChange): string {
  const stage =
    stageBefore === stageAfter ? `stays ${stageAfter}` : `${stageBefore ?? 'new'} → ${stageAfter ?? 'gone'}`;
  // Of a campaign that comes or goes, all it comes to would be named.
  const isKnown = stageBefore !== null && stageAfter !== null && because.length > 0;
  return `${campaign}: ${stage}${isKnown ? `, changed through ${because.join(', ')}` : ''}`;
}
