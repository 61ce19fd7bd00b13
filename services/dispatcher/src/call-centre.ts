import type { DecisionMade } from '@holdfast/events';
import type { Channel } from './ports.ts';

export interface CallCentreDeps {
  /** Appends together with the sent mark, so an alert appears once however often it is asked for. */
  readonly feed: {
    append(alert: { readonly contactId: string; readonly json: string }): Promise<{ readonly kind: string }>;
  };
  /** The alert an agent sees. */
  alertOf(decision: DecisionMade): object;
}

/** The desk: alerts on the feed that the gateway serves to agents. */
export function createCallCentreChannel(deps: CallCentreDeps): Channel {
  return {
    name: 'call-centre',
    semantics: 'idempotent',
    async send({ job, decision }) {
      await deps.feed.append({ contactId: job.contactId, json: JSON.stringify(deps.alertOf(decision)) });
      return { kind: 'sent' };
    },
  };
}
