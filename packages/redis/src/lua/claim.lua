-- Takes a shard: writes the token, raises the version, forgets the adoption of the claim before.
-- KEYS: 1 meta
-- ARGV: 1 token, 2 highest state layout the worker reads
-- Answers: {OK, {field, value, ...}} | {UNINITIALISED} | {INCOMPATIBLE, minCodec} | {INVALID, reason}
local found = redis.call('HMGET', KEYS[1], 'version', 'minCodec')
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
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'version', string.format('%.0f', version + 1), 'adopted', '')
return { 'OK', redis.call('HGETALL', KEYS[1]) }
