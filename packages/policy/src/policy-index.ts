import type { Campaign } from './campaign-model.ts';
import type { CompiledPolicy, CompiledTrigger } from './model.ts';

type TriggerIndexes = Pick<CompiledPolicy, 'triggersOn' | 'absencesOf' | 'unanswered' | 'scheduled'>;

/** By what triggers fire at. */
export function triggerIndex(triggers: readonly CompiledTrigger[]): TriggerIndexes {
  const on = Map.groupBy(triggers, (trigger) => trigger.on ?? '');
  const absences = Map.groupBy(triggers, (trigger) => trigger.absence?.of ?? '');
  const none: readonly CompiledTrigger[] = [];
  return {
    triggersOn: (eventType) => on.get(eventType) ?? none,
    absencesOf: (eventType) => absences.get(eventType) ?? none,
    unanswered: triggers.filter(({ sequence }) => sequence?.without !== undefined),
    scheduled: triggers.filter(({ schedule }) => schedule !== undefined),
  };
}

/** Whether it may contact somebody. */
export function isOpen({ stage }: Campaign): boolean {
  return stage === 'live' || stage === 'canary';
}

/** Campaigns by the triggers they list. */
export function campaignIndex(
  campaigns: readonly Campaign[],
  isListed: (campaign: Campaign) => boolean,
): CompiledPolicy['campaignsFor'] {
  const index = new Map<string, Campaign[]>();
  for (const campaign of campaigns.filter(isListed)) {
    for (const trigger of new Set(campaign.triggers)) {
      const listed = index.get(trigger);
      if (listed === undefined) index.set(trigger, [campaign]);
      else listed.push(campaign);
    }
  }
  const none: readonly Campaign[] = [];
  return (triggerId) => index.get(triggerId) ?? none;
}
