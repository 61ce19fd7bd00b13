-- What waits for a subscription and what has ended, as of one moment: a message is not seen twice while it ends, nor with
-- the time of a try that is over.
-- KEYS: 1 due, 2 messages, 3 ended
-- ARGV: 1 most messages
-- Answers: {id, record, due ms or '', ...}, the next due first, then the ended ones, newest first
local most = tonumber(ARGV[1])
local found = {}
local function add(id, due_ms)
  local record = redis.call('HGET', KEYS[2], id)
  if record and #found < 3 * most then
    found[#found + 1] = id
    found[#found + 1] = record
    found[#found + 1] = due_ms
  end
end
local due = redis.call('ZRANGE', KEYS[1], 0, most - 1, 'WITHSCORES')
for i = 1, #due, 2 do
  add(due[i], due[i + 1])
end
for _, id in ipairs(redis.call('ZREVRANGE', KEYS[3], 0, most - 1)) do
  add(id, '')
end
return found
