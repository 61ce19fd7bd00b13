export { describeBacktest } from './describe.ts';
export type { Window } from './observation.ts';
export type { PartitionResult, PartitionRunDeps, PartitionRunOptions } from './partition-run.ts';
export { runPartitions } from './partition-run.ts';
export type { BacktestReport, CampaignOutcome, PolicyOutcome, ReportRequest, TriggerOutcome } from './report.ts';
export { reportOf } from './report.ts';
export type { SampleOptions } from './sample.ts';
