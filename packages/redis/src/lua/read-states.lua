-- States of some entities as of one moment, and whether the present claim has committed its adoption. Writes nothing. Their
-- keys depend on the generation the shard is in, so they are made here; they carry the hash tag of KEYS.
-- KEYS: 1 meta
-- ARGV: 1 prefix of the shard's keys, then the rest of each state's key
-- Answers: {OK, trusted 1 or 0, {bytes or nil, ...}}
local owner = redis.call('HMGET', KEYS[1], 'token', 'adopted', 'generation')
local trusted = owner[1] and owner[1] ~= '' and owner[1] == owner[2]
local generation = owner[3] and owner[3] ~= '' and 'g' .. owner[3] .. ':' or ''
local states = {}
for i = 2, #ARGV do
  states[i - 1] = redis.call('GET', ARGV[1] .. generation .. ARGV[i])
end
return { 'OK', trusted and 1 or 0, states }
