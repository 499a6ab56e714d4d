-- What stands under a key, judged by the 80 bytes of its header; the payload is neither read nor returned.
-- Layout and rules are those of cache_core::envelope: little endian, CRC-32 over the first 76 bytes.

local LIMIT = 4294967296
local NIBBLES = {
  0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
  0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
}

-- The number of `count` bytes from `at` on. Times beyond 2^53 ms lose their last bits, some 280,000 years from now.
local function number(bytes, at, count)
  local value = 0
  for i = at + count - 1, at, -1 do value = value * 256 + string.byte(bytes, i) end
  return value
end

local function spelt(value, count)
  local bytes = {}
  for i = 1, count do
    bytes[i] = string.char(value % 256)
    value = math.floor(value / 256)
  end
  return table.concat(bytes)
end

local function crc32(bytes, last)
  local state = -1
  for i = 1, last do
    state = bit.bxor(state, string.byte(bytes, i))
    state = bit.bxor(bit.rshift(state, 4), NIBBLES[bit.band(state, 15) + 1])
    state = bit.bxor(bit.rshift(state, 4), NIBBLES[bit.band(state, 15) + 1])
  end
  return bit.bnot(state) % LIMIT
end

-- Whether an extension area is well formed, and whether it holds a mark that who does not know it must not read past.
local function extensions(area)
  local at, critical = 1, false
  while at <= #area do
    if at + 3 > #area then return false, critical end
    critical = critical or number(area, at, 2) >= 32768
    at = at + 4 + number(area, at + 2, 2)
  end
  return at == #area + 1, critical
end

-- 'nothing', 'damaged' (no release can read it), 'foreign' (another release may), or 'entry' with its header.
local function standing(key, schema, codecs)
  local header = redis.pcall('GETRANGE', key, 0, 79)
  if type(header) ~= 'string' then return 'damaged' end
  if header == '' and redis.call('EXISTS', key) == 0 then return 'nothing' end
  if #header < 80 or string.sub(header, 1, 4) ~= '\202che' then return 'damaged' end
  if string.byte(header, 5) ~= 0 then return 'foreign' end
  if crc32(header, 76) ~= number(header, 77, 4) then return 'damaged' end
  local codec, flags = string.sub(header, 6, 6), number(header, 7, 2)
  if flags >= 16 or bit.band(flags, 2) ~= 0 or string.sub(header, 9, 16) ~= schema then return 'foreign' end
  if codec == '\0' then
    if bit.band(flags, 5) == 0 then return 'foreign' end
  elseif not string.find(codecs, codec, 1, true) then
    return 'foreign'
  end
  local extension = number(header, 65, 2)
  if redis.call('STRLEN', key) ~= 80 + extension + number(header, 69, 4) then return 'damaged' end
  if extension > 0 then
    local whole, critical = extensions(redis.call('GETRANGE', key, 80, 79 + extension))
    if critical then return 'foreign' end
    if not whole then return 'damaged' end
  end
  return 'entry', header
end

local function store(key, value, life)
  if life == '' then redis.call('SET', key, value) else redis.call('SET', key, value, 'PX', life) end
  return 1
end
