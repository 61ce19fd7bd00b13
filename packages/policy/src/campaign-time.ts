import type { Campaign } from './campaign-model.ts';

/** Whether the campaign runs at a time, ms since the epoch; one without days always runs. */
export function isRunning({ fromMs, untilMs }: Pick<Campaign, 'fromMs' | 'untilMs'>, atMs: number): boolean {
  return (fromMs === undefined || atMs >= fromMs) && (untilMs === undefined || atMs < untilMs);
}
