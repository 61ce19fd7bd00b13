import { readNote } from '../delivery-note.ts';
import { deliveryReport } from '../delivery-report.ts';
import type { DeliveryReport, ReportAnswer } from '../ports.ts';

export type ReportedStatus = 'DELIVERED' | 'FAILED' | 'SEEN' | 'EXPIRED' | 'UNKNOWN';

/** What a provider says became of a message: by our contact id, or by its own reference. */
export interface ProviderReport {
  readonly channel: string;
  readonly contactId?: string | undefined;
  readonly reference?: string | undefined;
  readonly status: ReportedStatus;
  readonly detail: string;
}

export interface ReportTaker {
  /**
   * `taken`: it is in the log. `unknown`: no contact of this channel is meant; a report that overtook the answer it
   * belongs to is known when it is given again. `away`: nothing was written, give it again. `refused`: never to be written.
   */
  take(report: ProviderReport): Promise<'taken' | 'unknown' | 'away' | 'refused'>;
}

export interface ReportTakerDeps {
  readonly marks: {
    noteOf(contactId: string): Promise<string | undefined>;
    contactOf(reference: { readonly channel: string; readonly id: string }): Promise<string | undefined>;
  };
  report(report: DeliveryReport): Promise<ReportAnswer>;
  now(): number;
  /** Told how each report ended. */
  observe(channel: string, status: ReportedStatus, answer: string): void;
}

/** Turns reports of providers into events. Repeats give the same event id and are duplicates to their reader. */
export function createReportTaker(deps: ReportTakerDeps): ReportTaker {
  const takeOne = async (report: ProviderReport) => {
    const { channel, status, detail } = report;
    const contactId = report.contactId ?? (await contactOf(report, deps));
    const text = contactId === undefined ? undefined : await deps.marks.noteOf(contactId);
    const note = text === undefined ? undefined : readNote(text);
    // A provider of one channel has no say over contacts of another.
    if (contactId === undefined || note === undefined || note.channel !== channel) return 'unknown';
    const { customerId: entityId, sendAt, attempt } = note;
    const providerRef = report.reference ?? note.providerRef;
    const outcome = { status, detail: codeOf(detail), atMs: deps.now(), attempt, providerRef };
    const answer = await deps.report(deliveryReport({ contactId, entityId, channel, sendAt }, outcome, note));
    if (answer.kind === 'ok') return 'taken';
    return answer.kind === 'retry' ? 'away' : 'refused';
  };
  return {
    async take(report) {
      const answer = await takeOne(report).catch(() => 'away' as const);
      deps.observe(report.channel, report.status, answer);
      return answer;
    },
  };
}

async function contactOf({ channel, reference }: ProviderReport, { marks }: ReportTakerDeps) {
  return reference === undefined || reference === '' ? undefined : marks.contactOf({ channel, id: reference });
}

/** Words of a provider as a short code: what is free text there may hold a number or a name. */
export function codeOf(detail: string): string {
  const code = detail.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return /\d{6}/.test(code) ? 'other' : code.replace(/^-+|-+$/g, '').slice(0, 32);
}
