import { z } from 'zod';
import { TMF_PAGE } from '../http/tmf-collection.ts';
import { OUTCOMES } from '../outcomes/outcome.ts';

/** TMF683 v4.0.0 as `TMF683_Party_Interaction_Management_API_v4.0.0_swagger.json` has it, with bounds. */

const ID = z.string().min(1).max(128);
const TEXT = z.string().max(512);
const LONG_TEXT = z.string().max(2_000);
const LIST = 20;
const TIME = z.iso.datetime({ offset: true }).max(40);
const EXTENSION = {
  '@baseType': TEXT.optional(),
  '@schemaLocation': z.url().max(512).optional(),
  '@type': TEXT.optional(),
};
const REFERRED = { ...EXTENSION, '@referredType': TEXT.optional() };
const list = <T extends z.ZodType>(of: T) => z.array(of).max(LIST);

const period = z.object({ startDateTime: TIME.optional(), endDateTime: TIME.optional() });
const channel = z
  .object({ id: ID, href: TEXT, name: TEXT.optional(), role: TEXT.optional(), ...REFERRED })
  .describe('the first is the one on which it took place');
const party = z
  .object({ id: ID, href: TEXT, name: TEXT.optional(), role: TEXT.optional(), ...EXTENSION, '@referredType': TEXT })
  .describe('the customer has the role customer; the agent is whoever calls');
const note = z.object({
  id: ID.optional(),
  author: TEXT.optional(),
  date: TIME.optional(),
  text: LONG_TEXT.optional(),
  ...EXTENSION,
});
const attachment = z
  .object({
    id: ID.optional(),
    href: TEXT.optional(),
    attachmentType: TEXT.optional(),
    description: LONG_TEXT.optional(),
    mimeType: TEXT.optional(),
    name: TEXT.optional(),
    url: z.url().max(2_048).optional(),
    ...REFERRED,
  })
  .describe('by reference: content is not kept');
const relationship = z.object({
  id: ID.optional(),
  href: TEXT.optional(),
  relationshipType: TEXT.optional(),
  ...EXTENSION,
});
const referred = z
  .object({ id: ID.optional(), href: TEXT.optional(), name: TEXT.optional(), role: TEXT, ...REFERRED })
  .describe('a contact has its contact id and the role contact');
const item = z.object({
  id: z.string().min(1).max(64).optional(),
  creationDate: TIME.optional(),
  reason: TEXT.optional().describe('of a refusal: a code such as price'),
  resolution: TEXT.optional().describe(`of a contact, what became of it: ${OUTCOMES.join(', ')}`),
  attachment: list(attachment).optional(),
  channel: list(channel).optional(),
  item: referred.optional(),
  itemDate: period.optional().describe('when it was said; of a deferral endDateTime is when to ask again'),
  note: list(note).optional(),
  relatedParty: list(party).optional(),
  ...EXTENSION,
});

const CHANGEABLE = {
  description: LONG_TEXT.optional(),
  reason: TEXT.describe('why the customer came; what of it is a code is in the event'),
  status: z.enum(['opened', 'open', 'inProgress', 'completed']),
  attachment: list(attachment).optional(),
  channel: list(channel).min(1),
  interactionDate: period,
  interactionItem: list(item).optional(),
  interactionRelationship: list(relationship).optional(),
  note: list(note).optional().describe('kept with the interaction, in no event'),
  relatedParty: list(party).min(1),
  ...EXTENSION,
};
const DATES = {
  creationDate: TIME.optional().describe('is set here'),
  statusChangeDate: TIME.optional().describe('is set here'),
};

export const CREATE = z.object({
  ...CHANGEABLE,
  ...DATES,
  direction: z.enum(['inbound', 'outbound']).describe('inbound: the customer called or came'),
});
export type CreateBody = z.output<typeof CREATE>;

/** RFC 7396: what is absent stays, a list takes the place of the one before. */
export const UPDATE = z.object({ ...CHANGEABLE, ...DATES }).partial();
export type UpdateBody = z.output<typeof UPDATE>;

export const RESOURCE = z.object({
  ...CREATE.shape,
  id: z.string(),
  href: z.string(),
  creationDate: TIME,
  statusChangeDate: TIME,
});
export type PartyInteraction = z.output<typeof RESOURCE>;
export type InteractionItem = NonNullable<PartyInteraction['interactionItem']>[number];

export const PARTIAL = RESOURCE.partial().required({ id: true, href: true });

export const PARAMS = z.object({ id: z.string().min(1).max(64) });
export const PAGE = TMF_PAGE.extend({
  'relatedParty.id': ID.optional().describe('with this customer; else those that whoever asks had himself'),
});
