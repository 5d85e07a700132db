-- Whether the store is still the one it was. An epoch's mark holds the replication id under which it
-- began. Redis takes another id when it starts, when a replica is promoted, and in two cases in which
-- nothing is lost: when its first replica comes, and an hour after the last has gone.
-- A lease, besides: 'granted', the id when it was given, and 'epoch', the id of the epoch in which its
-- slot was last checkpointed.

-- '' where this user may not ask, or nobody answers: then nothing of this is noticed.
local function replication_id()
  local info = redis.pcall('INFO', 'replication')
  return type(info) == 'string' and string.match(info, 'master_replid:(%x+)') or ''
end

-- Whether the slot must be rebuilt before anybody works on it.
local function is_behind(lease, id, mark)
  return not lease.events or (id ~= '' and (mark ~= id or lease.epoch ~= id))
end

-- Whether what a holder goes by may be gone: the store is another's, or the mark was taken away.
local function is_overtaken(lease, id, mark)
  return id ~= '' and (lease.granted ~= id or (lease.epoch == id and mark ~= id))
end
