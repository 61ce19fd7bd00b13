import type { Battle } from './battle.ts';
import { countStrikes } from './nemesis.ts';

/** What was done and what came of it, in lines for people. `seed` draws the same faults again. */
export function reportOf(battle: Battle, seed: number): string {
  const { evidence, findings, events, customers, starts, strikes } = battle;
  const decisions = evidence.shards.flatMap((shard) => shard.decisions);
  const contacts = new Set(
    decisions.filter(({ decision }) => decision.outcome === 'contact').map(({ decision }) => decision.contactId),
  );
  const lines = evidence.shards.flatMap(({ log }) => log.journal);
  const timers = lines.filter((line) => 'timer' in line).length;
  const adopted = lines.filter((line) => 'adopt' in line).length;
  const wrong = Object.entries(findings).flatMap(([subject, words]) => [
    `  ${subject}: ${words.length}`,
    ...words.slice(0, 5).map((word) => `    ${word}`),
  ]);
  return [
    `nemesis, seed ${seed}: ${strikes.length} faults`,
    ...[...countStrikes(strikes)].map(([name, count]) => `  ${String(count).padStart(3)} × ${name}`),
    `${events} events of ${customers} customers, ${starts} starts of processes`,
    `${decisions.length} decisions in the log, ${contacts.size} contacts, ${evidence.alerts.length} alerts`,
    `${timers} timers fired, ${adopted} adoptions`,
    ...(wrong.length === 0 ? ['no violation'] : ['VIOLATIONS', ...wrong]),
  ].join('\n');
}
