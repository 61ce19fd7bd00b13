import type { ContactStanding } from '@holdfast/telecom';

type Refusal = Extract<ContactStanding, { kind: 'refused' }>['reason'];

/** The `detail` of a report, where it is one of ours. The README prints this table, after the reasons of decisions. */
export const REPORT_CODES = {
  consent: 'Consent to this channel, or to being profiled, was withdrawn since it was decided.',
  'do-not-contact': 'The customer is not to be contacted at all, since it was decided.',
  exclusion: 'An exclusion was set on the customer since it was decided.',
  'complaint-open': 'A complaint was filed since it was decided.',
  accepted: 'The customer took the offer since it was decided, of whichever contact.',
  'plan-ended': 'The customer said no to it, or left: its plan has ended.',
  expired: 'Its time was over in the state.',
  'too-late': 'Its time was over when its turn came.',
  'looked-long-ago': 'Its time was over before its state could be looked at once more.',
  cancelled: 'The state took it back before it went out.',
  closed: 'It was reported before.',
  suppressed: 'A fresh opt-out was still being folded when its time was over.',
  unknown: 'The state did not know it until its time was over.',
  unreadable: 'The state was written by a later release until its time was over.',
  untrusted: 'The shard could not be trusted until its time was over.',
  registry: 'The schema registry was away until its time was over.',
  'no-decision': 'Its decision could not be found until its time was over.',
  'no-address': 'The directory has no address of the customer for this channel.',
  'directory-away': 'The directory was away until its time was over.',
  'directory-no-json': 'The directory answered what is no address until its time was over.',
  'directory-unnamed': 'The channel file names no directory.',
  'directory-unread': 'The file of addresses could not be read.',
  'provider-away': 'The breaker of its channel kept it back until its time was over.',
  'begun-before': 'A sending had begun and nobody knows what came of it: it is not begun again.',
  'invalid-address': 'The address is none that the channel can send to.',
  'no-text': 'There is nothing to say in it.',
  'text-too-long': 'Its text is longer than the channel allows.',
  'not-accepted': 'The provider answered well, but with a word that stands for no acceptance.',
  'no-answer': 'The channel failed in a way that says nothing of the contact.',
  timeout: 'The provider did not answer in time.',
  'smpp-closed': 'The link to the message centre broke while it was under way.',
  'smpp-not-bound': 'There is no link to the message centre.',
  'smtp-error': 'The mail server failed without a word.',
  other: 'The provider said something that may hold a number or a name.',
} as const satisfies Readonly<Record<Refusal, string>> & Readonly<Record<string, string>>;

/** Codes that end with what another system said, by their beginning. */
export const REPORT_CODE_FAMILIES = {
  'http-': 'The status with which the provider answered: `http-503`.',
  'directory-http-': 'The status with which the directory answered: `directory-http-500`.',
  'smtp-': 'The reply, or the error, of the mail server: `smtp-550`, `smtp-edns`.',
  'smpp-0x': 'The status of the message centre: `smpp-0x0b`.',
  'receipt-': 'The word of a delivery receipt: `receipt-undeliv`.',
} as const satisfies Readonly<Record<string, string>>;
