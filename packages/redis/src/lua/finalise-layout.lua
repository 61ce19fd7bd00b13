-- Raises the layout states are written in, and takes the shard from its owner, who claims it again and learns of it.
-- KEYS: 1 meta
-- ARGV: 1 layout
-- Answers: {OK, layout before} | {ALREADY, layout} | {OLDER, newest layout of the last claim} | {UNINITIALISED}
--   | {INVALID, reason}
local found = redis.call('HMGET', KEYS[1], 'minCodec', 'claimedCodec')
local layout = tonumber(ARGV[1])
if not found[1] then
  return { 'UNINITIALISED' }
end
if not layout or not tonumber(found[1]) then
  return { 'INVALID', 'layout or minCodec is no number' }
end
if tonumber(found[1]) >= layout then
  return { 'ALREADY', found[1] }
end
local claimed = tonumber(found[2] or '') or 0
if claimed < layout then
  return { 'OLDER', tostring(claimed) }
end
redis.call('HSET', KEYS[1], 'minCodec', ARGV[1], 'token', '', 'adopted', '')
return { 'OK', found[1] }
