import type { DecisionMade } from '@holdfast/events';
import { inLanguage } from './text.ts';

/** What an agent's screen shows for one contact. Times in ms since the epoch. */
export interface Alert {
  readonly contactId: string;
  readonly customerId: string;
  /** The trigger that fired. */
  readonly play: string;
  readonly title: string;
  /** Why we contact, and what to say, with the customer's facts filled in, in `language`. */
  readonly reason: string;
  readonly script: string;
  readonly language: string;
  readonly campaign: string;
  readonly offer: string;
  readonly category: string;
  readonly channel: string;
  /** 1 (at once) to 3 (when there is time). */
  readonly priority: number;
  readonly decidedAt: number;
  readonly sendBy: number | null;
  readonly validUntil: number | null;
  /** By when a person is to have done it. */
  readonly workDueAt: number | null;
  readonly evidence: DecisionMade['evidence'];
  readonly policyVersion: string;
  /** Whose work it is: desk, and team of it where the campaign names one; empty where it does not. */
  readonly desk: string;
  readonly team: string;
  /** Who looks after the customer, and his value tier; empty where it is not known. */
  readonly accountManager: string;
  readonly tier: string;
}

export function alertOf(decision: DecisionMade): Alert {
  const said = (texts: Readonly<Record<string, string>>) => inLanguage(texts, decision.language);
  return {
    contactId: decision.contactId,
    customerId: decision.customerId,
    play: decision.trigger,
    title: said(decision.title)?.text ?? decision.offer,
    reason: said(decision.reason)?.text ?? decision.trigger,
    script: said(decision.script)?.text ?? '',
    language: said(decision.script)?.language ?? decision.language,
    campaign: decision.campaign,
    offer: decision.offer,
    category: decision.category,
    channel: decision.channel,
    priority: decision.priority,
    decidedAt: decision.decidedAt,
    sendBy: decision.sendBy,
    validUntil: decision.validUntil,
    workDueAt: decision.workDueAt,
    evidence: decision.evidence,
    policyVersion: decision.policyVersion,
    desk: decision.desk,
    team: decision.team,
    accountManager: decision.accountManager,
    tier: decision.tier,
  };
}
