-- Takes what waits to be told of a customer out of a page of the outbox.
-- KEYS: 1 prefix
-- ARGV: 1 customer id, 2 id after which the page begins, 3 most entries looked at
-- Answers: {OK, id of the last entry looked at, or '' at the end}
work = KEYS[1]
local page = redis.call('XRANGE', work .. 'out', '(' .. ARGV[2], '+', 'COUNT', ARGV[3])
for _, entry in ipairs(page) do
  local fields = entry[2]
  for index = 1, #fields, 2 do
    if fields[index] == 'customerId' and fields[index + 1] == ARGV[1] then
      redis.call('XDEL', work .. 'out', entry[1])
      break
    end
  end
end
return { 'OK', page[1] and page[#page][1] or '' }
