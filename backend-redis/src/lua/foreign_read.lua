-- KEYS: key. ARGV: the most bytes that are wanted.
-- Nothing: it is not there. A text: another kind of thing is. A number: it has so many bytes, which are more.
-- A list: its bytes, and how long it stays, in ms; -1 without an end.
local left = redis.call('PTTL', KEYS[1])
if left == -2 then return false end
local length = redis.pcall('STRLEN', KEYS[1])
if type(length) ~= 'number' then return 'other' end
if length > tonumber(ARGV[1]) then return length end
return { redis.call('GET', KEYS[1]), left }
