import { CAMPAIGN, GOAL } from './campaign-language.ts';
import { type Campaign, NO_ACTION } from './campaign-model.ts';
import { readArms, readBudget, readReentry, readSteps } from './campaign-plan.ts';
import type { CampaignReader, CampaignRules } from './campaign-rules.ts';
import type { Reporter } from './diagnostic.ts';
import { readFields } from './reader.ts';
import { knownName, knownNames } from './references.ts';
import { effectiveStage } from './stage.ts';
import { parseDay, startOfDay } from './units.ts';
import { type Entry, keyPlaceOf, placeOf } from './yaml-source.ts';

/** One campaign, as `CAMPAIGN` of the language declares it. */
export function readCampaign(entry: Entry, rules: CampaignRules, report: Reporter): Campaign | undefined {
  const reader = readFields(entry, CAMPAIGN, report);
  if (reader === undefined) return undefined;
  if (rules.taken.has(entry.key)) {
    report.error(keyPlaceOf(entry), `figures of something else go by the name "${entry.key}": no campaign can have it`);
  }
  const goal = readGoal(reader, report);
  const triggers = knownNames(reader.names('triggers'), { what: 'trigger', names: rules.triggers }, report);
  const offers = readOffers(reader, rules, report);
  const plan = readPlan(reader, offers, rules, report);
  const stage = effectiveStage(reader.entry('stage'), rules.stages.get(entry.key), report);
  const kind = reader.valueOr('kind', 'marketing' as const);
  const holdout = reader.valueOr('holdout', 0);
  const driver = reader.valueOr('driver', goal?.driver ?? '');
  if (goal === undefined || stage === undefined || kind === undefined) return undefined;
  if (holdout === undefined || driver === undefined || plan === undefined) return undefined;
  const { driver: _, ...measured } = goal;
  return {
    id: entry.key,
    owner: reader.value('owner') ?? '',
    desk: reader.value('desk') ?? reader.value('owner') ?? '',
    team: reader.value('team') ?? '',
    driver,
    goal: measured,
    triggers,
    offers,
    holdout,
    ...stage,
    ...plan,
    kind,
  };
}

type Plan = Pick<
  Campaign,
  'fromMs' | 'untilMs' | 'target' | 'lever' | 'steps' | 'arms' | 'budget' | 'reentry' | 'attributionMs'
>;

/** Who, when and how: all that a campaign may leave out. */
function readPlan(
  reader: CampaignReader,
  offers: readonly string[],
  rules: CampaignRules,
  report: Reporter,
): Plan | undefined {
  const target = readTarget(reader, rules, report);
  const budget = readBudget(reader, rules, report);
  const reentry = readReentry(reader);
  const lever = reader.valueOr('lever', 1);
  const attributionMs = reader.value('attribution');
  if (reader.has('target') && target === undefined) return undefined;
  if (reentry === undefined || lever === undefined) return undefined;
  return {
    ...readDays(reader, rules.timeZone, report),
    ...(target === undefined ? {} : { target }),
    lever,
    steps: readSteps(reader, offers, rules, report),
    arms: readArms(reader, rules, report),
    ...(budget === undefined ? {} : { budget }),
    reentry,
    ...(attributionMs === undefined ? {} : { attributionMs }),
  };
}

/** Without `no_action`, which may be written and is always meant. */
function readOffers(reader: CampaignReader, rules: CampaignRules, report: Reporter): readonly string[] {
  const known = { what: 'offer', names: new Set([...rules.offers, NO_ACTION]) };
  return knownNames(reader.names('offers'), known, report).filter((offer) => offer !== NO_ACTION);
}

function readGoal(reader: CampaignReader, report: Reporter) {
  const entry = reader.entry('goal');
  const goal = entry === undefined ? undefined : readFields(entry, GOAL, report);
  const kpi = goal?.value('kpi');
  const target = goal?.value('target');
  const baseline = goal?.value('baseline');
  if (goal === undefined || kpi === undefined || target === undefined) return undefined;
  const driver = goal.valueOr('driver', '' as const) ?? '';
  return { kpi, target, ...(baseline === undefined ? {} : { baseline }), driver };
}

/** Both days belong to the campaign: it ends when the day after the last begins. */
function readDays(reader: CampaignReader, timeZone: string, report: Reporter): Pick<Plan, 'fromMs' | 'untilMs'> {
  const first = parseDay(reader.value('from') ?? '');
  const last = parseDay(reader.value('until') ?? '');
  const until = reader.entry('until');
  if (first && last && until && Temporal.PlainDate.compare(first, last) > 0) {
    report.error(placeOf(until), `the campaign ends on ${last.toString()}, before it begins on ${first.toString()}`);
  }
  return {
    ...(first ? { fromMs: startOfDay(first, timeZone) } : {}),
    ...(last ? { untilMs: startOfDay(last.add({ days: 1 }), timeZone) } : {}),
  };
}

function readTarget(reader: CampaignReader, rules: CampaignRules, report: Reporter): Plan['target'] {
  const name = knownName(reader.entry('target'), { what: 'template', names: rules.templateNames }, report);
  const template = name === undefined ? undefined : rules.templates.get(name);
  return template && { template: template.id, when: template.when };
}
