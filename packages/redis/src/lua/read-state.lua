-- A state as of one moment, and whether the present claim has committed its adoption. Writes nothing.
-- KEYS: 1 meta, 2 state
-- Answers: {OK, bytes or nil, trusted 1 or 0}
local owner = redis.call('HMGET', KEYS[1], 'token', 'adopted')
local trusted = owner[1] and owner[1] ~= '' and owner[1] == owner[2]
return { 'OK', redis.call('GET', KEYS[2]), trusted and 1 or 0 }
