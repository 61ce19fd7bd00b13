-- Holds a shard for a while: the owner is fenced and no claim succeeds. Asked for again under the same id it only lasts
-- longer. It ends by itself, so that whoever holds it may die.
-- KEYS: 1 meta
-- ARGV: 1 id of the hold, 2 for how long, ms
-- Answers: {OK, version, until ms} | {HELD, until ms} | {UNINITIALISED} | {INVALID, reason}
local found = redis.call('HMGET', KEYS[1], 'version', 'hold')
if not found[1] then
  return { 'UNINITIALISED' }
end
if not tonumber(ARGV[2]) or string.find(ARGV[1], '%s') or ARGV[1] == '' then
  return { 'INVALID', 'id or duration malformed' }
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local holder, held_until = string.match(found[2] or '', '^(%S+) (%d+)$')
local is_held = holder and now < tonumber(held_until)
if is_held and holder ~= ARGV[1] then
  return { 'HELD', held_until }
end
local version = found[1]
local until_ms = string.format('%.0f', now + tonumber(ARGV[2]))
if is_held then
  redis.call('HSET', KEYS[1], 'hold', ARGV[1] .. ' ' .. until_ms)
else
  version = string.format('%.0f', tonumber(version) + 1)
  redis.call('HSET', KEYS[1], 'hold', ARGV[1] .. ' ' .. until_ms, 'version', version, 'token', '', 'adopted', '')
end
return { 'OK', version, until_ms }
