-- Takes what names a customer out of a page of a stream whose entries end with their JSON.
-- KEYS: 1 stream
-- ARGV: 1 id after which the page begins, 2 most entries looked at, 3 what stands in the JSON of the customer's
-- Answers: {OK, id of the last entry looked at, or '' at the end}
local page = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])
for _, entry in ipairs(page) do
  local fields = entry[2]
  if string.find(fields[#fields], ARGV[3], 1, true) then
    redis.call('XDEL', KEYS[1], entry[1])
  end
end
return { 'OK', page[1] and page[#page][1] or '' }
