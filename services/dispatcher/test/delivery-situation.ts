import type { ContactJob } from '@holdfast/queue';
import { createDelivery } from '../src/delivery.ts';
import { deliveryNote } from '../src/delivery-note.ts';
import type {
  AddressAnswer,
  Channel,
  DecisionAnswer,
  DeliveryReport,
  ReportAnswer,
  SendAnswer,
  Standing,
} from '../src/ports.ts';
import { contactOf, NOW } from './contact.ts';

export const { job, decision } = contactOf();

export interface Situation {
  readonly nowMs?: number;
  readonly state?: { readonly bytes: Buffer | null; readonly trusted: boolean } | Error;
  readonly standing?: Standing | Error;
  readonly decision?: DecisionAnswer;
  readonly heldBack?: boolean;
  /** The note of the sent mark. */
  readonly sentBefore?: string;
  readonly begunBefore?: boolean;
  /** By somebody else, after the marks were looked at. */
  readonly begunMeanwhile?: boolean;
  readonly semantics?: Channel['semantics'];
  readonly answer?: SendAnswer | Error;
  readonly reportAnswer?: ReportAnswer;
  readonly address?: AddressAnswer;
  readonly maxTries?: number;
  readonly breaker?: Channel['breaker'];
  readonly isReported?: boolean;
  /** How long the directory, or for lack of an address the mark, takes. */
  readonly passingMs?: number;
}

/** The note of the sending mark. */
const BEGUN = deliveryNote({ job, decision }, { status: 'SENDING', providerRef: '', attempt: 1 });

/** Handles `job` in a situation; answers what came of it. */
export async function handled(situation: Situation, change: Partial<ContactJob> = {}) {
  const sentTo: string[] = [];
  const reports: DeliveryReport[] = [];
  const seen: string[] = [];
  let nowMs = situation.nowMs ?? NOW;
  const marks = { sent: situation.sentBefore, sending: situation.begunBefore ?? false, reference: '' };
  const channel: Channel = {
    name: 'call-centre',
    semantics: situation.semantics ?? 'idempotent',
    needsAddress: situation.address !== undefined,
    isReported: situation.isReported ?? false,
    ...(situation.maxTries && { retry: { firstMs: 1_000, maxMs: 60_000, maxTries: situation.maxTries } }),
    ...(situation.breaker && { breaker: situation.breaker }),
    async send(contact) {
      sentTo.push(contact.address);
      if (situation.answer instanceof Error) throw situation.answer;
      return situation.answer ?? { kind: 'sent' };
    },
  };
  const handle = createDelivery(
    channel,
    {
      state: async () => {
        if (situation.state instanceof Error) throw situation.state;
        return situation.state ?? { bytes: Buffer.from('state'), trusted: true };
      },
      standing: () => {
        if (situation.standing instanceof Error) throw situation.standing;
        return situation.standing ?? { kind: 'open' };
      },
      decision: async () => situation.decision ?? { kind: 'found', decision },
      marks: {
        markSending: async () => {
          if (situation.address === undefined) nowMs += situation.passingMs ?? 0;
          const answer = marks.sending || situation.begunMeanwhile ? 'already' : 'first';
          marks.sending = true;
          return answer;
        },
        clearSending: async () => {
          marks.sending = false;
        },
        markSent: async (_contactId, note, reference) => {
          marks.sent = note;
          marks.reference = reference?.id ?? '';
        },
        sentNote: async () => marks.sent,
        noteOf: async () => marks.sent ?? (marks.sending ? BEGUN : undefined),
      },
      directory: {
        addressOf: async () => {
          nowMs += situation.passingMs ?? 0;
          return situation.address ?? { kind: 'none' };
        },
      },
      isHeldBack: async () => situation.heldBack ?? false,
      report: async (report) => {
        const answer = situation.reportAnswer ?? { kind: 'ok' };
        if (answer.kind === 'ok') reports.push(report);
        return answer;
      },
      now: () => nowMs,
    },
    {
      ended: (_channel, status, detail) => seen.push(`ended ${status} ${detail}`.trimEnd()),
      sent: (_channel, afterMs) => seen.push(`sent after ${afterMs}`),
      tried: (_channel, outcome) => seen.push(`tried ${outcome}`),
      retried: (_channel, reason) => seen.push(`retried ${reason}`),
      reportRefused: (_channel, message) => seen.push(`report refused: ${message}`),
    },
  );
  const answer = await handle({ ...job, ...change });
  return { answer, sends: sentTo.length, sentTo, report: reports[0], reports: reports.length, marks, seen };
}

export const LATE = { nowMs: job.sendBy + 1 };
export const AT_END = { nowMs: job.sendBy };
