import { ARM, BUDGET, CAMPAIGN, STEP } from './campaign-language.ts';
import type { CampaignArmPlan, CampaignBudget, CampaignStep, Reentry } from './campaign-model.ts';
import type { CampaignReader, CampaignRules } from './campaign-rules.ts';
import type { Reporter } from './diagnostic.ts';
import { type FieldReader, readFields } from './reader.ts';
import { knownName, knownNames } from './references.ts';
import { type Entry, keyPlaceOf, type Located, mapEntries, placeOf } from './yaml-source.ts';

/** The steps of a campaign with these offers. */
export function readSteps(
  reader: CampaignReader,
  offers: readonly string[],
  { channels }: CampaignRules,
  report: Reporter,
): readonly CampaignStep[] {
  const rules: StepRules = { channels, offers: new Set(offers) };
  return reader.items('steps').flatMap((item, position) => readStep(item, position, rules, report) ?? []);
}

interface StepRules {
  readonly channels: ReadonlySet<string>;
  readonly offers: ReadonlySet<string>;
}

type StepReader = FieldReader<typeof STEP>;

function readStep(item: Located, position: number, rules: StepRules, report: Reporter): CampaignStep | undefined {
  const reader = readFields(item, STEP, report);
  const channel = knownName(reader?.entry('channel'), { what: 'channel', names: rules.channels }, report);
  if (reader === undefined || channel === undefined) return undefined;
  checkOrder(reader, position, report);
  const afterMs = reader.valueOr('after', 0);
  const unless = reader.value('unless');
  const offers = knownNames(reader.names('offers'), { what: 'offer of the campaign', names: rules.offers }, report);
  return afterMs === undefined
    ? undefined
    : {
        channel,
        afterMs,
        fallback: readFallback(reader, channel, rules, report),
        ...(unless === undefined ? {} : { unless }),
        ...(reader.has('offers') ? { offers } : {}),
      };
}

function checkOrder(reader: StepReader, position: number, report: Reporter): void {
  const isFirst = position === 0;
  if (isFirst === reader.has('after')) {
    report.error(
      reader.place,
      isFirst ? 'the first step goes out at once: leave after out' : 'a later step needs after',
    );
  }
  if (isFirst && reader.has('unless'))
    report.error(reader.place, 'nothing comes before the first step: leave unless out');
}

function readFallback(
  reader: StepReader,
  channel: string,
  { channels }: StepRules,
  report: Reporter,
): readonly string[] {
  const items = reader.names('fallback');
  const tried = new Set([channel]);
  for (const { text, place } of items) {
    if (tried.has(text)) report.error(place, `${text} was tried already`);
    tried.add(text);
  }
  return knownNames(items, { what: 'channel', names: channels }, report);
}

export function readArms(reader: CampaignReader, rules: CampaignRules, report: Reporter): readonly CampaignArmPlan[] {
  const entry = reader.entry('arms');
  if (entry === undefined) return [];
  const entries = mapEntries(entry) ?? [];
  const { max } = CAMPAIGN.keys.arms.shape;
  if (entries.length < 2 || entries.length > max)
    report.error(placeOf(entry), `arms must be a map of 2 to ${max} arms`);
  const arms = entries.slice(0, max).flatMap((arm) => readArm(arm, rules, report) ?? []);
  const sum = arms.reduce((total, { share }) => total + share, 0);
  const isWhole = Math.abs(sum - 1) < 1e-9 || arms.length < entries.length;
  if (!isWhole) report.error(placeOf(entry), `the shares of the arms add up to ${sum}, not to 1`);
  return arms;
}

function readArm(entry: Entry, rules: CampaignRules, report: Reporter): CampaignArmPlan | undefined {
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(entry.key) || RESERVED_ARMS.has(entry.key)) {
    report.error(keyPlaceOf(entry), `"${entry.key.slice(0, 64)}" cannot be the name of an arm`);
  }
  const reader = readFields(entry, ARM, report);
  const share = reader?.value('share');
  const offers = knownNames(reader?.names('offers') ?? [], { what: 'offer', names: rules.offers }, report);
  return share === undefined ? undefined : { id: entry.key, share, offers };
}

/** Words with which decisions already name who is left alone. */
const RESERVED_ARMS: ReadonlySet<string> = new Set(['control', 'holdout', 'none']);

/** An amount with its currency, a number of contacts, or both. */
export function readBudget(reader: CampaignReader, rules: CampaignRules, report: Reporter): CampaignBudget | undefined {
  const entry = reader.entry('budget');
  const budget = entry && readFields(entry, BUDGET, report);
  if (entry === undefined || budget === undefined) return undefined;
  checkCurrency(budget, rules, report);
  const amountMinor = budget.moneyMinor('amount', rules.digits);
  const pieces = budget.value('pieces');
  if (!budget.has('amount') && !budget.has('pieces')) report.error(budget.place, 'budget needs amount, or pieces');
  if (amountMinor !== undefined && amountMinor <= 0) report.error(placeOf(entry), 'a budget is more than nothing');
  return { ...(amountMinor === undefined ? {} : { amountMinor }), ...(pieces === undefined ? {} : { pieces }) };
}

function checkCurrency(budget: FieldReader<typeof BUDGET>, rules: CampaignRules, report: Reporter): void {
  const entry = budget.entry('currency');
  const currency = budget.value('currency');
  if (budget.has('amount') !== budget.has('currency')) {
    report.error(budget.place, 'an amount needs its currency, and a currency an amount');
  }
  if (entry !== undefined && currency !== undefined && currency !== rules.currency) {
    report.error(placeOf(entry), `the amounts of this policy are in ${rules.currency || 'no currency yet'}`);
  }
}

export function readReentry(reader: CampaignReader): Reentry | undefined {
  const reentry = reader.valueOr('reentry', 'always' as const);
  if (reentry === undefined) return undefined;
  return typeof reentry === 'number' ? { kind: 'after', afterMs: reentry } : { kind: reentry };
}
