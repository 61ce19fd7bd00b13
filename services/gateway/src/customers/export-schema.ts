import { z } from 'zod';
import { EXPORT_FORMAT, EXPORT_VERSION } from './customer-export.ts';
import { PROFILE } from './profile-schema.ts';

const rows = () => z.array(z.record(z.string(), z.unknown()));

export const EXPORT = z
  .object({
    format: z.literal(EXPORT_FORMAT),
    version: z.literal(EXPORT_VERSION),
    exportedAt: z.iso.datetime(),
    customerId: z.string(),
    has: z.record(z.string(), z.string()).describe('Each part of the document, in words'),
    hasNot: z.array(z.string()).describe('What is known of the customer elsewhere, and where'),
    unreadable: z.int().describe('Records kept of him that nobody can read any more'),
    profile: PROFILE,
    households: rows(),
    timers: z.record(z.string(), z.unknown()),
    contacts: rows(),
    enrolments: rows(),
    plans: rows(),
    firings: rows(),
    events: rows(),
    unfoldedEvents: rows(),
    decisions: rows(),
  })
  .catchall(rows())
  .describe('Times outside of `profile` are ms since the epoch');
