"""The steps of sign-in that must be atomic, as Lua; see `scripts`."""

from __future__ import annotations

ADD_OPERATOR = """
-- KEYS operators; ARGV name entry cap
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 'exists' end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 'full' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 'added'
"""

REPLACE_OPERATOR = """
-- KEYS operators; ARGV name before after
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""
"""Change an entry unless somebody else did meanwhile."""

TAKE_TRY = """
-- KEYS tries; ARGV limit window_ms; returns 0, or for how many ms there is no further try
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
if count <= tonumber(ARGV[1]) then return 0 end
redis.call('DECR', KEYS[1])
return math.max(1, redis.call('PTTL', KEYS[1]))
"""

GIVE_TRY_BACK = """
-- KEYS tries
local count = tonumber(redis.call('GET', KEYS[1]) or '0')
if count > 1 then redis.call('DECR', KEYS[1]) elseif count == 1 then redis.call('DEL', KEYS[1]) end
return 1
"""
