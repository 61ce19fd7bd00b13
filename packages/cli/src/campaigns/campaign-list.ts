import { type CampaignPlan, type Cell, reportOf, type Verdict, wholeRange } from '@holdfast/insights';
import { printable, table } from '../terminal-text.ts';

/** A campaign in one line: from its first day until now. */
export interface CampaignLine {
  readonly campaign: string;
  readonly stage: string;
  readonly kind: string;
  readonly goal: string;
  readonly enrolled: { readonly treated: number; readonly control: number };
  readonly contacts: number;
  readonly delivered: number;
  readonly accepted: number;
  readonly costMinor: number;
  readonly currency: string;
  readonly verdict: Verdict;
  /** Why it is undecided; '' otherwise. */
  readonly because: string;
  /** Enrolled customers still missing until a difference as large as the target would show; null where that is not known. */
  readonly customersMissing: number | null;
  /** Whether customers are not shared out as the policy says. */
  readonly isAlarmed: boolean;
}

export function campaignLine(plan: CampaignPlan, cells: readonly Cell[], asOf: string): CampaignLine {
  const { funnel, goal, ratioChecks } = reportOf(cells, plan, { range: wholeRange(cells, asOf), asOf });
  return {
    campaign: plan.id,
    stage: plan.stage,
    kind: plan.kind,
    goal: plan.goal.kpi,
    enrolled: { treated: funnel.enrolled.treated, control: funnel.enrolled[plan.controlArm] },
    contacts: funnel.stages.contact,
    delivered: funnel.stages.delivered,
    accepted: funnel.stages.accepted,
    costMinor: funnel.costMinor,
    currency: plan.currency,
    verdict: goal.verdict,
    because: goal.because,
    customersMissing: goal.customersMissing,
    isAlarmed: ratioChecks.some(({ isAlarm }) => isAlarm),
  };
}

export function describeCampaigns(lines: readonly CampaignLine[]): string {
  const head = [
    'campaign',
    'stage',
    'kind',
    'treated',
    'control',
    'contacts',
    'delivered',
    'accepted',
    'goal',
    'verdict',
  ];
  const rows = lines.map((line) => [
    line.campaign,
    line.stage,
    line.kind,
    ...[line.enrolled.treated, line.enrolled.control, line.contacts, line.delivered, line.accepted].map(String),
    line.goal,
    `${line.isAlarmed ? 'ALARM of the sample; ' : ''}${verdictText(line)}`,
  ]);
  return `${table([head, ...rows])
    .map(printable)
    .join('\n')}\n`;
}

function verdictText({ verdict, because, customersMissing }: CampaignLine): string {
  if (verdict !== 'undecided') return verdict;
  const needed = customersMissing
    ? `; ${customersMissing.toLocaleString('en')} more customers for the target to show`
    : '';
  return `undecided: ${because}${needed}`;
}
