-- Ends what people still have to say to a customer: contacts alone, a follow-up is his own concern. Whoever has one keeps his
-- name on it, so that he finds out.
-- KEYS: 1 prefix
-- ARGV: 1 now in ms or '', 2 customer id, 3 why, which is their outcome, 4 ms: those that were opened, or opened again, by
--       then, 5 item that stays or '', 6 most items
-- Answers: {OK, items withdrawn, 1 where there may be more}
work = KEYS[1]
local now = now_ms(ARGV[1])
local opened_by, kept, most = tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
local withdrawn = 0
for _, id in ipairs(redis.call('SMEMBERS', work .. 'c:' .. ARGV[2])) do
  if withdrawn == most then
    return { 'OK', withdrawn, 1 }
  end
  -- Most of what a customer ever had has ended: those are not read whole.
  local facts = redis.call('HMGET', work .. 'i:' .. id, 'state', 'kind', 'since')
  local is_wanted = LIVE[facts[1]] and facts[2] == 'contact' and number_of(facts[3]) <= opened_by
  if is_wanted and id ~= kept then
    local item = read_item(id)
    local old = copy_of(item)
    item.state, item.outcome, item.endedAt = 'withdrawn', ARGV[3], ms(now)
    item['until'], item.stageUntil = '', ''
    tell(item, old, 'WITHDRAWN', '', now, ARGV[3])
    withdrawn = withdrawn + 1
  end
end
return { 'OK', withdrawn, 0 }
