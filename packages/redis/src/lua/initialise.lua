-- Writes the meta of a new shard.
-- KEYS: 1 meta
-- ARGV: field, value, ...
-- Answers: {OK} | {EXISTS} | {INVALID, reason}
if redis.call('EXISTS', KEYS[1]) == 1 then
  return { 'EXISTS' }
end
if #ARGV == 0 or #ARGV % 2 ~= 0 or #ARGV > 4000 then
  return { 'INVALID', 'fields and values do not pair' }
end
redis.call('HSET', KEYS[1], unpack(ARGV))
return { 'OK' }
