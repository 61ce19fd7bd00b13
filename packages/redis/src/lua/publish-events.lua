-- Appends events for subscribers, together with the places of the log they were read at.
-- KEYS: 1 events stream, 2 places
-- ARGV: 1 most entries kept (about), 2 number of events, then the events as JSON, then topic:partition and next offset of each place
-- Answers: {OK}
local count = tonumber(ARGV[2])
for index = 3, 2 + count do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'j', ARGV[index])
end
for index = 3 + count, #ARGV, 2 do
  redis.call('HSET', KEYS[2], ARGV[index], ARGV[index + 1])
end
return { 'OK' }
