-- Removes what a subscription keeps of a customer. A try that is under way finds its message gone when it is settled.
-- KEYS: 1 due, 2 messages, 3 ended
-- ARGV: 1 what stands in the JSON of the customer's
-- Answers: {OK, how many}
local count = 0
local all = redis.call('HGETALL', KEYS[2])
for index = 1, #all, 2 do
  if string.find(all[index + 1], ARGV[1], 1, true) then
    redis.call('HDEL', KEYS[2], all[index])
    redis.call('ZREM', KEYS[1], all[index])
    redis.call('ZREM', KEYS[3], all[index])
    count = count + 1
  end
end
return { 'OK', count }
