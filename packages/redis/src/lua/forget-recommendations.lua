-- Lets go of all recommendations that were made to a customer.
-- KEYS: 1 those of the customer, 2 index of all
-- ARGV: 1 prefix of the keys
-- Answers: {OK, how many}
local ids = redis.call('SMEMBERS', KEYS[1])
for _, id in ipairs(ids) do
  local key = ARGV[1] .. 'entry:' .. id
  local known = redis.call('HMGET', key, 'by', 'contacts')
  if known[1] then
    redis.call('ZREM', ARGV[1] .. 'by:' .. known[1], id)
    for contact in string.gmatch(known[2], '%S+') do
      redis.call('UNLINK', ARGV[1] .. 'contact:' .. contact)
    end
  end
  redis.call('ZREM', KEYS[2], id)
  redis.call('UNLINK', key)
end
redis.call('UNLINK', KEYS[1])
return { 'OK', #ids }
