/** First element of every script's reply; the headers of the Lua files name the ones each may give. */
export const ANSWER = {
  ok: 'OK',
  fenced: 'FENCED',
  rolledBack: 'ROLLED_BACK',
  uninitialised: 'UNINITIALISED',
  incompatible: 'INCOMPATIBLE',
  invalid: 'INVALID',
  exists: 'EXISTS',
  already: 'ALREADY',
} as const;
