-- KEYS: address. ARGV: schema, codecs, value, life in ms or '', stamp.
-- 1: stored. 0: refused by nothing, or by what cannot be read. A header: refused by that entry.
local form, header = standing(KEYS[1], ARGV[1], ARGV[2])
if form ~= 'entry' then return 0 end
if string.sub(header, 17, 32) ~= ARGV[5] then return header end
return store(KEYS[1], ARGV[3], ARGV[4])
