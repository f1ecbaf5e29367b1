"""The steps of the quota ledger and of shared tokens that must be atomic, as Lua; see `scripts`."""

from __future__ import annotations

from app.state.scripts import NOW_MS

_WINDOWS = (
    NOW_MS
    + """
local key = KEYS[1]
local function fields(trigger) return trigger .. ':until', trigger .. ':left' end
local function windows()
  local open, last = {}, 0
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    local trigger = string.match(all[i], '^(.+):until$')
    if trigger and tonumber(all[i + 1]) > now then
      open[trigger] = tonumber(redis.call('HGET', key, trigger .. ':left')) or 0
      last = math.max(last, tonumber(all[i + 1]))
    end
  end
  return open, last
end
local function left(open)
  local most = 0
  for _, count in pairs(open) do most = math.max(most, count) end
  return most
end
"""
)

OPEN_WINDOW = (
    _WINDOWS
    + """
-- KEYS windows; ARGV trigger messages valid_ms
local till, count = fields(ARGV[1])
redis.call('HSET', key, till, now + ARGV[3], count, ARGV[2])
local _, last = windows()
redis.call('PEXPIREAT', key, last)
return 1
"""
)
"""Open a window anew; the hash lives as long as the last one is open."""

WINDOW_LEFT = (
    _WINDOWS
    + """
-- KEYS windows
return left((windows()))
"""
)
"""Count what may still be sent."""

TAKE_MESSAGES = (
    _WINDOWS
    + """
-- KEYS windows; ARGV messages; a message counts against every open window
local open, wanted = windows(), tonumber(ARGV[1])
if left(open) < wanted then return 0 end
for trigger, count in pairs(open) do
  redis.call('HSET', key, trigger .. ':left', math.max(0, count - wanted))
end
return 1
"""
)
"""Reserve messages, all or none."""

RETURN_MESSAGES = (
    _WINDOWS
    + """
-- KEYS windows; ARGV messages, then trigger and cap by turns
local caps = {}
for i = 2, #ARGV, 2 do caps[ARGV[i]] = tonumber(ARGV[i + 1]) end
for trigger, count in pairs((windows())) do
  local back = math.min(caps[trigger] or count, count + ARGV[1])
  redis.call('HSET', key, trigger .. ':left', back)
end
return 1
"""
)
"""Undo a reservation."""

CLOSE_WINDOWS = (
    _WINDOWS
    + """
-- KEYS windows
for trigger in pairs((windows())) do redis.call('HSET', key, trigger .. ':left', 0) end
return 1
"""
)
"""Nothing may be sent until a window is opened anew."""

FREE_LOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
"""Delete a lock that is still held."""

FORCE_TOKEN = (
    NOW_MS
    + """
-- KEYS forced; ARGV gap_ms cap day_ms; returns 1 where another forced refresh is allowed
local last, count = unpack(redis.call('HMGET', KEYS[1], 'last', 'count'))
if last and now - last < tonumber(ARGV[1]) then return 0 end
if tonumber(count or 0) >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'last', now)
if redis.call('HINCRBY', KEYS[1], 'count', 1) == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1
"""
)
"""Count a forced refresh of the access token."""
