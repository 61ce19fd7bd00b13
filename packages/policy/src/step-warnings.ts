import type { Campaign, CampaignStep, Offer } from './campaign-model.ts';
import type { ContactCap, ContactPolicy } from './contact-model.ts';
import type { Place, Reporter } from './diagnostic.ts';
import { isAlwaysQuiet } from './quiet-time.ts';
import { durationText } from './units.ts';

export interface StepRules {
  readonly offers: ReadonlyMap<string, Offer>;
  readonly contactPolicy: ContactPolicy;
}

/** A step with the offers that it may make. */
interface Planned {
  readonly step: CampaignStep;
  readonly number: number;
  readonly offers: readonly Offer[];
}

/** Warns of steps that the contact policy will stop, and of those that no offer can take. */
export function warnSteps(campaign: Campaign, place: Place, rules: StepRules, report: Reporter): void {
  const { kind, steps } = campaign;
  const { exempt } = rules.contactPolicy;
  const planned = steps.map((step, position) => ({
    step,
    number: position + 1,
    offers: (step.offers ?? campaign.offers).flatMap((id) => rules.offers.get(id) ?? []),
  }));
  for (const one of planned) warnChannels(one, place, rules.contactPolicy, report);
  if (exempt.some((one) => one === kind)) return;
  warnHaste(planned, place, rules.contactPolicy.minimumGapMs, report);
  for (const cap of rules.contactPolicy.caps) warnCap(planned, cap, place, report);
}

function warnChannels(
  { step, number, offers }: Planned,
  place: Place,
  { quietHours }: ContactPolicy,
  report: Reporter,
): void {
  const carried = new Set(offers.flatMap(({ channels }) => channels));
  const ofStep = step.offers === undefined ? 'of the campaign' : `of step ${number}`;
  for (const channel of [step.channel, ...step.fallback]) {
    if (!carried.has(channel)) report.warning(place, `no offer ${ofStep} goes out on ${channel}`);
    else if (isAlwaysQuiet(channel, quietHours)) {
      report.warning(place, `step ${number} goes out on ${channel}, which is quiet at all hours`);
    }
  }
}

function warnHaste(planned: readonly Planned[], place: Place, gapMs: number, report: Reporter): void {
  const hasty = planned.find(({ step, number }) => number > 1 && step.afterMs < gapMs);
  if (hasty === undefined) return;
  const [after, asked] = [durationText(hasty.step.afterMs), durationText(gapMs)];
  report.warning(
    place,
    `step ${hasty.number} comes ${after} after the one before, the contact policy asks for ${asked}`,
  );
}

function warnCap(planned: readonly Planned[], cap: ContactCap, place: Place, report: Reporter): void {
  const most = mostWithin(planned, cap);
  if (most <= cap.max) return;
  const words = [cap.category, cap.offer && `of ${cap.offer}`, cap.channel && `on ${cap.channel}`];
  const what = words.flatMap((word) => (word === undefined ? [] : [` ${word}`])).join('');
  report.warning(
    place,
    `${most} steps${what} fall within ${durationText(cap.perMs)}, the contact policy allows ${cap.max}`,
  );
}

/** The most steps that any window of the cap's length holds, of those that it counts whatever they offer. */
function mostWithin(planned: readonly Planned[], cap: ContactCap): number {
  let atMs = 0;
  const times = planned.flatMap((one) => {
    atMs += one.step.afterMs;
    return isCounted(one, cap) ? [atMs] : [];
  });
  return Math.max(0, ...times.map((fromMs) => times.filter((ms) => ms >= fromMs && ms < fromMs + cap.perMs).length));
}

function isCounted({ step, offers }: Planned, cap: ContactCap): boolean {
  if (cap.channel !== undefined && cap.channel !== step.channel) return false;
  if (cap.category === undefined && cap.offer === undefined) return true;
  return (
    offers.length > 0 &&
    offers.every(
      ({ id, category }) =>
        (cap.category === undefined || cap.category === category) && (cap.offer === undefined || cap.offer === id),
    )
  );
}
