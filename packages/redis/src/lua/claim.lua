-- Takes a shard: writes the token and who holds it, raises the version, forgets the adoption of the claim before and why
-- an owner stopped. A shard that a rebuild holds is nobody's until it lets go or its time is over.
-- KEYS: 1 meta
-- ARGV: 1 token, 2 highest state layout the worker reads, 3 name of the worker
-- Answers: {OK, {field, value, ...}} | {UNINITIALISED} | {INCOMPATIBLE, minCodec} | {HELD, until ms} | {INVALID, reason}
local found = redis.call('HMGET', KEYS[1], 'version', 'minCodec', 'hold')
if not found[1] then
  return { 'UNINITIALISED' }
end
local version, min_codec = tonumber(found[1]), tonumber(found[2])
if not version or not min_codec then
  return { 'INVALID', 'meta has no readable version or minCodec' }
end
if #ARGV[1] ~= 32 or not tonumber(ARGV[2]) then
  return { 'INVALID', 'token or layout version malformed' }
end
if tonumber(ARGV[2]) < min_codec then
  return { 'INCOMPATIBLE', found[2] }
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held_until = string.match(found[3] or '', ' (%d+)$')
if held_until and now < tonumber(held_until) then
  return { 'HELD', held_until }
end
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'version', string.format('%.0f', version + 1), 'adopted', '',
  'owner', ARGV[3], 'claimedAt', string.format('%.0f', now), 'claimedCodec', ARGV[2])
redis.call('HDEL', KEYS[1], 'hold', 'stopped', 'stoppedAt', 'stoppedMessage')
return { 'OK', redis.call('HGETALL', KEYS[1]) }
