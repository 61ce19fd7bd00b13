-- Goes on in an index from a member, and answers the items that fit. Bounded by how many it looks at, so that a search for
-- something rare takes several calls instead of holding the server up: O(log n + looked at), of n in the index.
-- KEYS: 1 prefix
-- ARGV: 1 index (after the prefix), 2 member to go on after or '', 3 most looked at, 4 most answered, then pairs of place
--       among the facts and values it must be one of, joined by the unit separator; the last of them may be the pair
--       `due`, ms: due before then
-- Answers: {OK, {member, facts, ...}, last member looked at or '' at the end}
work = KEYS[1]
-- Read at once: first about what is asked for, since the first items mostly fit, then more and more.
local MOST_AT_ONCE = 500
local wanted, due_before = {}, nil
for i = 5, #ARGV - 1, 2 do
  if ARGV[i] == 'due' then
    due_before = tonumber(ARGV[i + 1])
  else
    local values, list = {}, {}
    for value in string.gmatch(ARGV[i + 1] .. FACT, '([^' .. FACT .. ']*)' .. FACT) do
      values[value] = true
      list[#list + 1] = value
    end
    wanted[#wanted + 1] = { tonumber(ARGV[i]), values, list }
  end
end

-- Whether one of the values is anywhere among the facts: most that do not fit are told by it, without being taken apart.
local function may_fit(facts, values)
  for _, value in ipairs(values) do
    if string.find(facts, value, 1, true) then
      return true
    end
  end
  return false
end

local function fits(facts)
  if #wanted == 0 and not due_before then
    return true
  end
  for _, want in ipairs(wanted) do
    if not may_fit(facts, want[3]) then
      return false
    end
  end
  local parts, count = {}, 0
  for part in string.gmatch(facts .. FACT, '([^' .. FACT .. ']*)' .. FACT) do
    count = count + 1
    parts[count] = part
  end
  for _, want in ipairs(wanted) do
    if not want[2][parts[want[1]]] then
      return false
    end
  end
  return not due_before or number_of(parts[10]) < due_before
end

local after, most, limit = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local found, looked, at_once = {}, 0, math.min(limit + 8, MOST_AT_ONCE)
while looked < most do
  local from = after == '' and '-' or '(' .. after
  local members = redis.call('ZRANGEBYLEX', work .. ARGV[1], from, '+', 'LIMIT', 0, math.min(at_once, most - looked))
  at_once = math.min(2 * at_once, MOST_AT_ONCE)
  if #members == 0 then
    return { 'OK', found, '' }
  end
  local ids = {}
  for i, member in ipairs(members) do
    ids[i] = string.match(member, ':(.*)$')
  end
  local all_facts = redis.call('HMGET', work .. 'facts', unpack(ids))
  for i, member in ipairs(members) do
    looked, after = looked + 1, member
    if all_facts[i] and fits(all_facts[i]) then
      found[#found + 1] = member
      found[#found + 1] = all_facts[i]
      if #found >= 2 * limit then
        return { 'OK', found, after }
      end
    end
  end
end
return { 'OK', found, after }
