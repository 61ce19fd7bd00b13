export type CloudEventErrorCode =
  | 'not-an-object'
  | 'missing-attribute'
  | 'bad-attribute'
  | 'unknown-type'
  /** `data` is missing, cannot be decoded, or says something else than the attributes. */
  | 'bad-data'
  | 'unknown-field'
  | 'bad-field'
  /** The schema of Avro data cannot be fetched now: the event is neither taken nor refused. */
  | 'registry-away';

/** Why an event is not taken. */
export interface CloudEventError {
  readonly code: CloudEventErrorCode;
  /** What is wrong, to be read after the field's name. */
  readonly message: string;
  /** The attribute, or the field inside `data` as `data.name`; empty when the whole event is meant. */
  readonly field: string;
  /** What to do about it. */
  readonly fix: string;
}

/** A refusal as the steps of reading pass it on. */
export interface Refusal {
  readonly error: CloudEventError;
}

/** A refusal with a fix of its own, or with the usual one of its attribute. */
export function refusal(code: CloudEventErrorCode, field: string, message: string, fix?: string): Refusal {
  return { error: { code, field, message, fix: fix ?? attributeFix(field) } };
}

/** How an attribute is to be sent. */
export function attributeFix(name: string): string {
  return ATTRIBUTE_FIXES.get(name) ?? 'Correct it, and send the event again under the same id.';
}

const ATTRIBUTE_FIXES: ReadonlyMap<string, string> = new Map([
  ['', 'Send each event as a JSON object with specversion, id, source, type, subject, time and data.'],
  ['specversion', 'Send "specversion": "1.0".'],
  ['id', 'Send as "id" a text of 1 to 128 characters that stays the same when the event is sent again.'],
  ['source', 'Send as "source" the name of the sending system, 1 to 128 characters; with the id it names the event.'],
  ['type', 'Send as "type" the name of an event such as "io.holdfast.usage.UsageRecorded.v1".'],
  ['subject', 'Send as "subject" the id of the customer, 1 to 128 characters.'],
  ['time', 'Send as "time" when it happened, such as "2026-11-01T08:00:00Z".'],
  ['datacontenttype', 'Send application/json, or application/avro with the bytes of the record as data.'],
  ['dataschema', 'Leave it out, or send a URI; for Avro without a header one that ends in /schemas/ids/<id>.'],
  ['data', 'Send the fields of the event as a JSON object in "data".'],
  ['data_base64', 'Send the bytes of the data in base64 (RFC 4648), and no "data" beside it.'],
]);
