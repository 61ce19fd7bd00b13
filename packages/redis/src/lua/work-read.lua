-- Items as a list shows them, each as one JSON array of field, value, ...: a page is one reply of few parts, and what is
-- said to the customer stays where it is.
-- KEYS: 1 prefix
-- ARGV: 1... item ids
-- Answers: {OK, {JSON, ...}}: those that are there, in the order asked for
work = KEYS[1]
local found = {}
for _, id in ipairs(ARGV) do
  local flat = redis.call('HGETALL', work .. 'i:' .. id)
  local shown = {}
  for i = 1, #flat, 2 do
    if flat[i] ~= 'alert' then
      shown[#shown + 1] = flat[i]
      shown[#shown + 1] = flat[i + 1]
    end
  end
  if #shown > 0 then
    found[#found + 1] = cjson.encode(shown)
  end
end
return { 'OK', found }
