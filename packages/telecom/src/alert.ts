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
  readonly evidence: DecisionMade['evidence'];
  readonly policyVersion: string;
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
    evidence: decision.evidence,
    policyVersion: decision.policyVersion,
  };
}
