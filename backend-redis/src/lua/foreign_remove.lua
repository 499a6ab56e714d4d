-- KEYS: key. ARGV: what was seen there. 1: removed. 0: nothing stands there. 2: something else does by now.
local standing = redis.pcall('GET', KEYS[1])
if standing == false then return 0 end
if standing ~= ARGV[1] then return 2 end
return redis.call('UNLINK', KEYS[1])
