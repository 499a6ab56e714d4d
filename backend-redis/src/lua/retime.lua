-- KEYS: address. ARGV: schema, codecs, stamp that has to stand there, mark `expired` (8 or 0), new stamp and times
-- (48 bytes), life in ms or ''.
-- 1: done. 0: nothing stands there, or nothing that can be read. A header: another entry stands there.
local form, header = standing(KEYS[1], ARGV[1], ARGV[2])
if form ~= 'entry' then return 0 end
if string.sub(header, 17, 32) ~= ARGV[3] then return header end
local flags = number(header, 7, 2)
if bit.band(flags, 8) ~= 0 then flags = flags - 8 end
local new = string.sub(header, 1, 6) .. spelt(flags + tonumber(ARGV[4]), 2) .. ARGV[1] .. ARGV[5]
  .. string.sub(header, 65, 76)
redis.call('SETRANGE', KEYS[1], 0, new .. spelt(crc32(new, 76), 4))
if ARGV[6] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[6]) end
return 1
