import type { CAMPAIGN } from './campaign-language.ts';
import type { Template } from './model.ts';
import type { FieldReader } from './reader.ts';
import type { Entry } from './yaml-source.ts';

/** What a campaign may refer to, and how its amounts and days are meant. */
export interface CampaignRules {
  readonly triggers: ReadonlySet<string>;
  readonly offers: ReadonlySet<string>;
  readonly templates: ReadonlyMap<string, Template>;
  /** Templates that are declared, whether they are right or not. */
  readonly templateNames: ReadonlySet<string>;
  readonly channels: ReadonlySet<string>;
  /** Ids that are no campaign's. */
  readonly taken: ReadonlySet<string>;
  readonly currency: string;
  readonly digits: number;
  /** IANA; in which days begin and end. */
  readonly timeZone: string;
  /** Of the section `stages`, by campaign. */
  readonly stages: ReadonlyMap<string, Entry>;
}

export type CampaignReader = FieldReader<typeof CAMPAIGN>;
