-- Writes an interaction and the lists it is in: that of its customer and that of its agent.
-- KEYS: 1 interaction, 2 list of the customer, 3 list of the agent
-- ARGV: 1 id, 2 as it was read ('' for a new one), 3 as it is to be, 4 when it began in ms, 5 TTL in seconds, 6 most in a list
-- Answers: {OK} | {EXISTS, as it is} | {ABSENT} | {CHANGED} | {INVALID, reason}
local startedAt, ttl, most = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
if not startedAt or not ttl or not most or ttl < 1 or most < 1 then
  return { 'INVALID', 'time, TTL or bound malformed' }
end
local stored = redis.call('GET', KEYS[1])
if ARGV[2] == '' then
  if stored then
    return { 'EXISTS', stored }
  end
elseif not stored then
  return { 'ABSENT' }
elseif stored ~= ARGV[2] then
  return { 'CHANGED' }
end
redis.call('SET', KEYS[1], ARGV[3], 'EX', ARGV[5])
for _, list in ipairs({ KEYS[2], KEYS[3] }) do
  redis.call('ZADD', list, ARGV[4], ARGV[1])
  redis.call('ZREMRANGEBYRANK', list, 0, -(most + 1))
  redis.call('EXPIRE', list, ARGV[5])
end
return { 'OK' }
