import { countStrikes } from '../nemesis.ts';
import type { DeliveryBattle } from './battle.ts';

/** What was done and what came of it, in lines for people. `seed` draws the same faults again. */
export function deliveryReportOf({ strikes, events, starts, deliveries, findings }: DeliveryBattle, seed: number) {
  const { contacts, provider, withdrawals } = deliveries;
  const wrong = Object.entries(findings).flatMap(([subject, words]) => [
    `  ${subject}: ${words.length}`,
    ...words.slice(0, 5).map((word) => `    ${word}`),
  ]);
  return [
    `nemesis of deliveries, seed ${seed}: ${strikes.length} faults`,
    ...[...countStrikes(strikes)].map(([name, count]) => `  ${String(count).padStart(3)} × ${name}`),
    `${events} events, ${withdrawals.length} withdrawals seen, ${starts} starts of dispatchers`,
    `${contacts.length} contacts for the provider; ended ${counted(contacts.map(({ standing }) => standing))}`,
    `reports in the log: ${counted(contacts.flatMap(({ reports }) => reports))}`,
    `${provider.arrivals.length} requests: ${counted(provider.arrivals.map(({ mood }) => mood))}`,
    `${provider.taken.size} messages taken, ${provider.callbacks.length} reported by callback`,
    ...(wrong.length === 0 ? ['no violation'] : ['VIOLATIONS', ...wrong]),
  ].join('\n');
}

function counted(words: readonly string[]): string {
  const groups = Map.groupBy(words, (word) => word);
  return [...groups].map(([word, all]) => `${all.length} ${word}`).join(', ');
}
