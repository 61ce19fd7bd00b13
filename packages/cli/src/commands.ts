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
    name: 'serve',
    summary: 'start the local stack and the services on it, until Ctrl-C',
    load: () => import('./commands/serve.ts'),
  },
  {
    name: 'customer',
    summary: 'show what is known of a customer, why he got an offer or none; erase him',
    load: () => import('./commands/customer.ts'),
  },
  {
    name: 'why',
    summary: 'say why a customer gets an offer or none: conditions, values, what stopped it',
    load: () => import('./commands/why.ts'),
  },
  {
    name: 'policy',
    summary: 'check, test, compare and publish policies; stages of campaigns, approval, rollback, history',
    load: () => import('./commands/policy.ts'),
  },
  {
    name: 'campaign',
    summary: 'say what campaigns brought: funnel, cost, uplift, verdict; months compared, with suggestions',
    load: () => import('./commands/campaign.ts'),
  },
  {
    name: 'propensity',
    summary: 'show which offers are accepted how probably, as stated and as learnt; learn now',
    load: () => import('./commands/propensity.ts'),
  },
  {
    name: 'ingest',
    summary: 'send the rows of billing files, CSV or fixed-width, as events',
    load: () => import('./commands/ingest.ts'),
  },
  {
    name: 'archive',
    summary: 'move events and decisions from the log to Parquet files',
    load: () => import('./commands/archive.ts'),
  },
  {
    name: 'backtest',
    summary: 'say what a policy would have done to recorded events',
    load: () => import('./commands/backtest.ts'),
  },
  {
    name: 'dead-letters',
    summary: 'list, explain and replay records that could not be folded',
    load: () => import('./commands/dead-letters.ts'),
  },
  {
    name: 'key',
    summary: 'make an API key, and check the file of keys',
    load: () => import('./commands/key.ts'),
  },
  {
    name: 'audit',
    summary: 'say who looked at which customer, and when',
    load: () => import('./commands/audit.ts'),
  },
  {
    name: 'finalize-upgrade',
    summary: 'let the new release store what the one before cannot read',
    load: () => import('./commands/finalize-upgrade.ts'),
  },
  {
    name: 'shard',
    summary: 'list and show shards, and decide where a stopped one goes on',
    load: () => import('./commands/shard.ts'),
  },
  {
    name: 'rebuild',
    summary: 'fold shards again from the log beside the live ones, compare, and swap',
    load: () => import('./commands/rebuild.ts'),
  },
  {
    name: 'restore',
    summary: 'after Redis was restored from a backup: trust nothing before it was adopted',
    load: () => import('./commands/restore.ts'),
  },
];
