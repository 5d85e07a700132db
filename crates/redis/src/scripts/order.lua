-- Places in streams, `<ms>-<sequence>`, compared by their two numbers.
local function parts(id)
  local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(sequence)
end

local function is_after(a, b)
  local a_ms, a_sequence = parts(a)
  local b_ms, b_sequence = parts(b)
  return a_ms > b_ms or (a_ms == b_ms and a_sequence > b_sequence)
end

-- The newest place, 0-0 in an empty stream. Trimming never takes the newest entry.
local function last_place(stream)
  local newest = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)
  return newest[1] and newest[1][1] or '0-0'
end
