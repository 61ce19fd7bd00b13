-- The oldest outbox entries. A commit of the same owner may be on its way ahead of this call, so the stored version may
-- be higher than the given one; lower means that the store lost writes.
-- KEYS: 1 meta, 2 outbox
-- ARGV: 1 token, 2 version (at least), 3 limit
-- Answers: {OK, entries as XRANGE gives them, length} | {FENCED} | {ROLLED_BACK} | {UNINITIALISED}
local owner = redis.call('HMGET', KEYS[1], 'token', 'version')
if not owner[2] then
  return { 'UNINITIALISED' }
end
if owner[1] ~= ARGV[1] then
  return { 'FENCED' }
end
if tonumber(owner[2]) < tonumber(ARGV[2]) then
  return { 'ROLLED_BACK' }
end
return { 'OK', redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', ARGV[3]), redis.call('XLEN', KEYS[2]) }
