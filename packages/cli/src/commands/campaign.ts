import {
  type CampaignReport,
  type Cell,
  compareMonths,
  type DayRange,
  describeFollowUps,
  describeMonths,
  describeReport,
  followUpReportOf,
  type MonthComparison,
  reportOf,
  wholeRange,
} from '@holdfast/insights';
import { FOLLOW_UPS, UNIVERSAL } from '@holdfast/telecom';
import { type Command, InvalidArgumentError } from 'commander';
import { findAddresses } from '../addresses.ts';
import { type CampaignFigures, withCampaignFigures } from '../campaigns/campaign-figures.ts';
import { type CampaignLine, campaignLine, describeCampaigns } from '../campaigns/campaign-list.ts';
import { planNamed, plansOf, universalPlan } from '../campaigns/campaign-plans.ts';
import { environment } from '../config.ts';
import type { CommandContext } from '../program.ts';
import { defineEvaluate } from './campaign-evaluate.ts';

interface JsonOption {
  readonly json?: boolean;
}

interface ReportOptions extends JsonOption {
  readonly from?: string;
  readonly to?: string;
}

/** `holdfast campaign list | report | compare | follow-ups | evaluate`: what campaigns brought. Changes nothing. */
export function define(command: Command, context: CommandContext): void {
  defineList(command, context);
  defineReport(command, context);
  defineCompare(command, context);
  defineFollowUps(command, context);
  defineEvaluate(command, context);
}

function defineList(command: Command, context: CommandContext): void {
  command
    .command('list', { isDefault: true })
    .description('every campaign of the policy in force in one line, from its first day until now')
    .option('--json', 'one JSON text instead of a table')
    .action(async ({ json }: JsonOption) => {
      const campaigns = await look(context, linesOf);
      context.out(json ? `${JSON.stringify({ campaigns })}\n` : describeCampaigns(campaigns));
    });
}

function defineReport(command: Command, context: CommandContext): void {
  command
    .command('report')
    .description('funnel, channels, cost, uplift with its interval, verdict, and what the sample cannot tell')
    .argument('<campaign>', `its id, or ${UNIVERSAL}: everything proactive against those whom nobody contacts`)
    .option('--from <day>', 'UTC, such as 2026-11-01 (default: the first there is)', day)
    .option('--to <day>', 'the last one (default: today)', day)
    .option('--json', 'one JSON text instead of lines')
    .action(async (id: string, { json, ...days }: ReportOptions) => {
      const report = await look(context, (figures, asOf) => campaignReport(figures, id, { ...days, asOf }));
      context.out(json ? `${JSON.stringify(report)}\n` : describeReport(report));
    });
}

function defineCompare(command: Command, context: CommandContext): void {
  command
    .command('compare')
    .description('a month against the one before and against the goal, campaign by campaign, with suggestions')
    .option('--month <month>', 'such as 2026-11 (default: the last whole one)', month)
    .option('--json', 'one JSON text instead of tables')
    .action(async ({ json, month: wanted }: JsonOption & { readonly month?: string }) => {
      const comparison = await look(context, (figures, asOf) => monthComparison(figures, wanted, asOf));
      context.out(json ? `${JSON.stringify(comparison)}\n` : describeMonths(comparison));
    });
}

function defineFollowUps(command: Command, context: CommandContext): void {
  command
    .command('follow-ups')
    .description('follow-ups, which belong to no campaign: opened, ended and how, in time, late, left')
    .option('--from <day>', 'UTC, such as 2026-11-01 (default: the first there is)', day)
    .option('--to <day>', 'the last one (default: today)', day)
    .option('--json', 'one JSON text instead of lines')
    .action(async ({ json, ...days }: ReportOptions) => {
      const report = await look(context, async ({ cellsOf }, asOf) => {
        const cells = await cellsOf(FOLLOW_UPS);
        return followUpReportOf(cells, { range: rangeOf(cells, { ...days, asOf }), asOf });
      });
      context.out(json ? `${JSON.stringify(report)}\n` : describeFollowUps(report));
    });
}

type Look<T> = (figures: CampaignFigures, asOf: string) => Promise<T>;

async function look<T>({ err }: CommandContext, work: Look<T>): Promise<T> {
  return withCampaignFigures(await findAddresses(environment), (figures) => {
    const { otherPolicy } = figures;
    if (otherPolicy.length > 0) err(`holdfast: shards ${otherPolicy.join(', ')} run another policy than shard 0\n`);
    return work(figures, dayOf(Date.now()));
  });
}

async function linesOf(figures: CampaignFigures, asOf: string): Promise<readonly CampaignLine[]> {
  const plans = [...plansOf(figures.policy), universalPlan(figures.policy)];
  return Promise.all(plans.map(async (plan) => campaignLine(plan, await figures.cellsOf(plan.id), asOf)));
}

async function campaignReport(figures: CampaignFigures, id: string, days: Days): Promise<CampaignReport> {
  const plan = planNamed(figures.policy, id);
  const cells = await figures.cellsOf(id);
  return reportOf(cells, plan, { range: rangeOf(cells, days), asOf: days.asOf });
}

type Days = Pick<ReportOptions, 'from' | 'to'> & { readonly asOf: string };

function rangeOf(cells: readonly Cell[], { from, to, asOf }: Days): DayRange {
  return { ...wholeRange(cells, to ?? asOf), ...(from === undefined ? {} : { from }) };
}

async function monthComparison(
  figures: CampaignFigures,
  wanted: string | undefined,
  asOf: string,
): Promise<MonthComparison> {
  const campaigns = await Promise.all(
    plansOf(figures.policy).map(async (plan) => ({ plan, cells: await figures.cellsOf(plan.id) })),
  );
  return compareMonths(campaigns, wanted ?? lastWholeMonth(asOf), asOf);
}

function lastWholeMonth(asOf: string): string {
  const firstOfMonth = Date.parse(`${asOf.slice(0, 7)}-01`);
  return dayOf(firstOfMonth - 1).slice(0, 7);
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function day(text: string): string {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms) || dayOf(ms) !== text) throw new InvalidArgumentError('a day like 2026-11-22 is expected.');
  return text;
}

function month(text: string): string {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) throw new InvalidArgumentError('a month like 2026-11 is expected.');
  return text;
}
