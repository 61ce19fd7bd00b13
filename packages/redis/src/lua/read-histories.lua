-- Decision records of some entities, the newest of each first. Writes nothing.
-- KEYS: the history of each
-- ARGV: for each, the index of the last record wanted, -1 for all
-- Answers: {OK, {{record, ...} or the error of that key, ...}}
local histories = {}
for i, key in ipairs(KEYS) do
  histories[i] = redis.pcall('LRANGE', key, 0, ARGV[i])
end
return { 'OK', histories }
