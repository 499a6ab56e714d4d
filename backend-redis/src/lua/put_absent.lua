-- KEYS: address. ARGV: schema, codecs, value, life in ms or '', now, clock tolerance.
-- 1: stored. 0: refused by what cannot be read. A header: refused by that entry.
local form, header = standing(KEYS[1], ARGV[1], ARGV[2])
if form == 'foreign' then return 0 end
if form == 'entry' then
  local now, flags = tonumber(ARGV[5]), number(header, 7, 2)
  local ahead = number(header, 33, 8) > now + tonumber(ARGV[6])
  local dead = now >= number(header, 49, 8)
  local fresh = now < number(header, 41, 8) and bit.band(flags, 8) == 0
  local lease = bit.band(flags, 4) ~= 0
  local new_is_lease = bit.band(string.byte(ARGV[3], 7), 4) ~= 0
  if not ahead and not dead and ((lease and new_is_lease) or (fresh and not lease)) then return header end
end
return store(KEYS[1], ARGV[3], ARGV[4])
