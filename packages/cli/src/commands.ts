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
];
