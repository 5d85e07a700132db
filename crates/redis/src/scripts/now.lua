-- Before every script that needs the time: the store's, never the caller's.
-- Numbers become text with %.0f, since Lua's own way keeps 14 digits only.
local clock = redis.call('TIME')
local now_ms = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function whole(number)
  return string.format('%.0f', number)
end
