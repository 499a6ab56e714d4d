-- KEYS: address. ARGV: schema, codecs, stamp. 1: removed. 0: that entry does not stand there.
local form, header = standing(KEYS[1], ARGV[1], ARGV[2])
if form ~= 'entry' or string.sub(header, 17, 32) ~= ARGV[3] then return 0 end
return redis.call('UNLINK', KEYS[1])
