-- KEYS: address. ARGV: what was seen there, value, life in ms or ''. 1: stored. 0: something else stands there by now.
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return store(KEYS[1], ARGV[2], ARGV[3])
