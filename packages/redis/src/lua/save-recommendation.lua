-- Keeps a recommendation, in place of the one of its id, and lets go of the oldest where there are too many. The keys of those
-- that go are made here: they carry the hash tag of KEYS.
-- KEYS: 1 the recommendation, 2 index of all, 3 index of who asked, 4 those of the customer
-- ARGV: 1 prefix of the keys, 2 id, 3 who asked, 4 customer, 5 field of the body, 6 the other one it may be in, 7 body, 8 now in ms,
-- 9 TTL in seconds, 10 most kept, 11… contact ids
-- Answers: {OK, how many were let go}
local now, ttl, most = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
if not now or not ttl or not most or ttl < 1 or most < 1 then
  return { 'INVALID', 'time, TTL or bound malformed' }
end
local prefix, id = ARGV[1], ARGV[2]
local contacts = {}
for i = 11, #ARGV do
  redis.call('SET', prefix .. 'contact:' .. ARGV[i], id, 'EX', ttl)
  contacts[#contacts + 1] = ARGV[i]
end
redis.call('HSET', KEYS[1], 'by', ARGV[3], 'of', ARGV[4], ARGV[5], ARGV[7], 'contacts', table.concat(contacts, ' '))
redis.call('HDEL', KEYS[1], ARGV[6])
redis.call('EXPIRE', KEYS[1], ttl)
redis.call('ZADD', KEYS[2], 'NX', now, id)
redis.call('ZADD', KEYS[3], 'NX', now, id)
redis.call('EXPIRE', KEYS[3], ttl)
redis.call('SADD', KEYS[4], id)
redis.call('EXPIRE', KEYS[4], ttl)
-- Those whose time is over have expired by themselves; a few at a time, so that no save takes long.
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - ttl * 1000)
local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - ttl * 1000, 'LIMIT', 0, 8)
if #gone > 0 then
  redis.call('ZREM', KEYS[2], unpack(gone))
end
local surplus = math.min(redis.call('ZCARD', KEYS[2]) - most, 8)
if surplus <= 0 then
  return { 'OK', 0 }
end
local oldest = redis.call('ZPOPMIN', KEYS[2], surplus)
for i = 1, #oldest, 2 do
  local key = prefix .. 'entry:' .. oldest[i]
  local known = redis.call('HMGET', key, 'by', 'of', 'contacts')
  if known[1] then
    redis.call('ZREM', prefix .. 'by:' .. known[1], oldest[i])
    redis.call('SREM', prefix .. 'of:' .. known[2], oldest[i])
    for contact in string.gmatch(known[3], '%S+') do
      redis.call('UNLINK', prefix .. 'contact:' .. contact)
    end
    redis.call('UNLINK', key)
  end
end
return { 'OK', surplus }
