import { printableLines, table } from '../terminal-text.ts';
import type { AuditEntry } from './audit-log.ts';
import { shortVersion } from './diff-report.ts';
import { inForce, openProposals, type PolicyHistory } from './policy-history.ts';

/** One thing that somebody did, with what became of it. */
export interface HistoryLine {
  /** When the log took it, ISO 8601. */
  readonly at: string;
  readonly by: string;
  readonly action: string;
  readonly version: string;
  readonly previousVersion: string;
  readonly campaigns: readonly string[];
  readonly comment: string;
  /** Of what was to come into force; empty for a word that brings nothing into force by itself. */
  readonly outcome: '' | 'in force' | 'superseded' | 'withdrawn' | 'unfinished' | 'abandoned';
}

/** The newest first. What an announcement and its end say is one line. */
export function historyLines(history: PolicyHistory): readonly HistoryLine[] {
  const announced = history.entries.filter(({ action }) => action !== 'IN_FORCE' && action !== 'WITHDRAWN');
  return announced.map((entry) => lineOf(entry, history)).reverse();
}

function lineOf(entry: AuditEntry, history: PolicyHistory): HistoryLine {
  const { appendTime, by, action, version, previousVersion, campaigns, comment } = entry;
  return {
    at: new Date(appendTime).toISOString(),
    by,
    action: action.toLowerCase().replace('_', ' '),
    ...{ version, previousVersion, campaigns, comment, outcome: outcomeOf(entry, history) },
  };
}

function outcomeOf({ activation }: AuditEntry, history: PolicyHistory): HistoryLine['outcome'] {
  if (activation === '') return '';
  if (inForce(history)?.id === activation) return 'in force';
  if (history.completed.some(({ id }) => id === activation)) return 'superseded';
  if (history.unfinished.some(({ id }) => id === activation)) return 'unfinished';
  const isWithdrawn = history.entries.some((other) => other.action === 'WITHDRAWN' && other.activation === activation);
  return isWithdrawn ? 'withdrawn' : 'abandoned';
}

const HEAD = ['at', 'by', 'action', 'version', 'before', 'outcome', 'campaigns', 'comment'];

/** For people, with what waits for approval and what was cut short below. */
export function describeHistory(history: PolicyHistory): string {
  const lines = historyLines(history);
  if (lines.length === 0)
    return printableLines(['nothing was published yet: shards run the folder of their worker', ...waiting(history)]);
  const rows = lines.map(({ at, by, action, version, previousVersion, outcome, campaigns, comment }) => [
    ...[at, by, action, shortVersion(version), previousVersion === '' ? '-' : shortVersion(previousVersion)],
    ...[outcome || '-', campaigns.join(' ') || '-', comment],
  ]);
  return printableLines([...table([HEAD, ...rows]), ...waiting(history)]);
}

function waiting(history: PolicyHistory): readonly string[] {
  const { unfinished, unreadable } = history;
  return [
    ...openProposals(history).map(({ version, by }) => `${shortVersion(version)} of ${by} waits for approval`),
    ...unfinished.map(
      ({ version }) =>
        `${shortVersion(version)} was not completed: some shards may run it; run its command again, or another`,
    ),
    ...unreadable.map(({ offset, message }) => `entry ${offset} of the audit log cannot be read: ${message}`),
  ];
}
