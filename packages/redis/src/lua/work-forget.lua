-- Removes items of a customer.
-- KEYS: 1 prefix
-- ARGV: 1 customer id, 2 most items
-- Answers: {OK, items removed, items left}
work = KEYS[1]
local ids = redis.call('SMEMBERS', work .. 'c:' .. ARGV[1])
local removed = 0
for _, id in ipairs(ids) do
  if removed == tonumber(ARGV[2]) then
    break
  end
  local item = read_item(id)
  if item then
    remove_item(item)
  else
    redis.call('SREM', work .. 'c:' .. ARGV[1], id)
  end
  removed = removed + 1
end
return { 'OK', removed, #ids - removed }
