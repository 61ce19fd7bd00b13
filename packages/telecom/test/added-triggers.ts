import type { CompiledPolicy } from '@holdfast/policy';
import { compilePack } from './customer-world.ts';

/** The pack with triggers added, as lines `id: { … }` without reason, and a live campaign that answers them all. */
export function packWithTriggers(triggers: Readonly<Record<string, string>>): CompiledPolicy {
  const lines = Object.entries(triggers).map(([id, body]) => `  ${id}: { ${body}, reason: { en: r, zh: r } }\n`);
  const names = Object.keys(triggers).join(', ');
  return compilePack({
    'triggers.yaml': (text) => `${text}${lines.join('')}`,
    'campaigns.yaml': (text) =>
      `${text}\n  added:\n    { goal: { kpi: k, target: 0.1 }, stage: live, kind: service, triggers: [${names}], offers: [service_credit] }\n`,
  });
}
