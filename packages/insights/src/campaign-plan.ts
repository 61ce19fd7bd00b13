/** What the policy says of a campaign, as far as its figures are judged by it. */
export interface CampaignPlan {
  readonly id: string;
  readonly kind: 'marketing' | 'service';
  readonly stage: string;
  /** `target`: a difference to the control, of shares as it is, of amounts as a part of the control's mean. */
  readonly goal: { readonly kpi: string; readonly target?: number; readonly baseline?: number };
  /** Whom the treated are compared with: the campaign's own control, or those who receive nothing proactive at all. */
  readonly controlArm: 'control' | 'holdout';
  /** Share of that arm among the enrolled. */
  readonly holdout: number;
  /** Shares of the treated; empty where all get the same. */
  readonly variants: readonly { readonly id: string; readonly share: number }[];
  readonly currency: string;
  readonly budget?: { readonly amountMinor?: number; readonly pieces?: number };
}
