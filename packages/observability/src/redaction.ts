const CENSOR = '[redacted]';
/** Fields of a line are flat, or hold headers and the like; what lies deeper is cut, so that no graph is walked for ever. */
const MAX_DEPTH = 5;

/**
 * Names of fields that never reach a line, at any depth: secrets, ids and addresses of customers. Written without case,
 * `-` and `_`: `x-api-key`, `apiKey` and `API_KEY` are one. A list cannot be complete; it is a net below the rule that
 * such fields are not logged at all.
 */
const REDACTED: ReadonlySet<string> = new Set([
  // Secrets.
  ...['apikey', 'apikeys', 'xapikey', 'key', 'keys', 'privatekey', 'signingkey', 'erasurekey', 'pseudonymkey'],
  ...['authorization', 'proxyauthorization', 'wwwauthenticate', 'cookie', 'setcookie'],
  ...['password', 'passwd', 'pass', 'passphrase', 'secret', 'secrets', 'clientsecret', 'credential', 'credentials'],
  ...['token', 'tokens', 'accesstoken', 'refreshtoken', 'idtoken', 'jwt', 'webhooksignature'],
  // People.
  ...['customer', 'customerid', 'entityid', 'householdid', 'subscriptionid', 'subject'],
  ...['msisdn', 'imsi', 'imei', 'iccid', 'iban', 'phone', 'phonenumber', 'mobile', 'mobilenumber', 'email'],
  ...['firstname', 'lastname', 'fullname', 'givenname', 'familyname', 'street', 'postcode', 'birthyear', 'birthdate'],
]);

/** A copy of the fields of a line without what must not be in it. Errors stay as they are: they have a form of their own. */
export function redacted(fields: object): Record<string, unknown> {
  return redactedFields(fields, 0);
}

function redactedFields(fields: object, depth: number): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    kept[name] = REDACTED.has(name.toLowerCase().replace(/[-_]/g, '')) ? CENSOR : redactedValue(value, depth + 1);
  }
  return kept;
}

function redactedValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error || 'toJSON' in value) return value;
  if (depth > MAX_DEPTH) return CENSOR;
  if (Array.isArray(value)) return value.map((each) => redactedValue(each, depth + 1));
  return redactedFields(value, depth);
}
