-- An operator's change of a shard: fences the owner, takes the trust from the states, raises the version, and writes the
-- given fields, all or nothing. Fields named without a value are removed.
-- KEYS: 1 meta
-- ARGV: 1 version (exact), 2 id of the hold this is done under or '', 3 count of fields to write, then field, value, ...,
--       then fields to remove
-- Answers: {OK, new version} | {ROLLED_BACK} | {HELD, until ms} | {UNINITIALISED} | {INVALID, reason}
local found = redis.call('HMGET', KEYS[1], 'version', 'hold')
if not found[1] then
  return { 'UNINITIALISED' }
end
local holder, held_until = string.match(found[2] or '', '^(%S+) (%d+)$')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] ~= '' and (holder ~= ARGV[2] or now >= tonumber(held_until)) then
  return { 'ROLLED_BACK' }
end
if ARGV[2] == '' and holder and now < tonumber(held_until) then
  return { 'HELD', held_until }
end
if found[1] ~= ARGV[1] then
  return { 'ROLLED_BACK' }
end
local count = tonumber(ARGV[3])
if not count or count < 0 or #ARGV < 3 + 2 * count or #ARGV > 65536 then
  return { 'INVALID', 'fields and values do not match their count' }
end
local version = string.format('%.0f', tonumber(found[1]) + 1)
-- unpack has room for about 8,000 values.
local CHUNK = 4000
for i = 4, 3 + 2 * count, CHUNK do
  redis.call('HSET', KEYS[1], unpack(ARGV, i, math.min(i + CHUNK - 1, 3 + 2 * count)))
end
for i = 4 + 2 * count, #ARGV do
  redis.call('HDEL', KEYS[1], ARGV[i])
end
redis.call('HSET', KEYS[1], 'version', version, 'token', '', 'adopted', '')
return { 'OK', version }
