-- A part of the index of timers, wherever its entries are due. An entry that is there from the first part to the last is
-- in one of them, also when it moves meanwhile; it may be in several.
-- KEYS: 1 meta, 2 due
-- ARGV: 1 token, 2 version (exact), 3 cursor, 0 to begin, 4 about how many entries
-- Answers: {OK, cursor, 0 at the end, {id, dueMs, ...}} | {FENCED} | {ROLLED_BACK} | {UNINITIALISED}
local owner = redis.call('HMGET', KEYS[1], 'token', 'version')
if not owner[2] then
  return { 'UNINITIALISED' }
end
if owner[1] ~= ARGV[1] then
  return { 'FENCED' }
end
if owner[2] ~= ARGV[2] then
  return { 'ROLLED_BACK' }
end
local part = redis.call('ZSCAN', KEYS[2], ARGV[3], 'COUNT', ARGV[4])
return { 'OK', part[1], part[2] }
