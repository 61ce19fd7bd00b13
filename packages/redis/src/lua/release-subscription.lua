-- Gives a lease back, unless somebody else has it by now.
-- KEYS: 1 lease
-- ARGV: 1 owner
-- Answers: {OK}
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return { 'OK' }
