import type { CommandEntry } from './program.ts';

/** Every command of `holdfast`. A new one is a file under commands/ and a row here. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'up', summary: 'start the local stack: Kafka, registry, Redis', load: () => import('./commands/up.ts') },
  { name: 'down', summary: 'stop the local stack', load: () => import('./commands/down.ts') },
  {
    name: 'status',
    summary: 'say what of the local stack runs, and where',
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'doctor',
    summary: 'check this machine and the stack, with fixes',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'init',
    summary: 'create topics, schemas and shards of an installation',
    load: () => import('./commands/init.ts'),
  },
  {
    name: 'demo',
    summary: 'replay real records through the whole system, and watch',
    load: () => import('./commands/demo.ts'),
  },
  {
    name: 'customer',
    summary: 'show what is known of a customer, and why he got an offer or none',
    load: () => import('./commands/customer.ts'),
  },
  { name: 'policy', summary: 'check a policy folder', load: () => import('./commands/policy.ts') },
  {
    name: 'dead-letters',
    summary: 'list and explain records that could not be folded',
    load: () => import('./commands/dead-letters.ts'),
  },
];
