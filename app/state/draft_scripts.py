"""The steps of the shared draft that must be atomic, as Lua; see `scripts` for the rules.

A draft file is stored as JSON with its own digest in it. Each script may be sent twice after a
lost connection: what is already as wanted is left so.
"""

from __future__ import annotations

PUT_DRAFT = """
-- KEYS draft; ARGV path value expected_digest max_files max_bytes ttl
local old = redis.call('HGET', KEYS[1], ARGV[1])
if old == ARGV[2] then return {'kept', ''} end
local digest = old and cjson.decode(old).digest or ''
if digest ~= ARGV[3] then return {'conflict', old or ''} end
if not old and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then return {'files', ''} end
local bytes = #ARGV[2] - (old and #old or 0)
for _, value in ipairs(redis.call('HVALS', KEYS[1])) do bytes = bytes + #value end
if bytes > tonumber(ARGV[5]) then return {'bytes', ''} end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[6])
return {'kept', ''}
"""
"""Keep a file unless somebody else changed it, or the draft would grow too large."""

DROP_DRAFT = """
-- KEYS draft; ARGV path digest, path digest …
local dropped = 0
for i = 1, #ARGV, 2 do
  local old = redis.call('HGET', KEYS[1], ARGV[i])
  if old and cjson.decode(old).digest == ARGV[i + 1] then
    dropped = dropped + redis.call('HDEL', KEYS[1], ARGV[i])
  end
end
return dropped
"""
"""Drop files that still are as they were seen; what was changed meanwhile stays."""
