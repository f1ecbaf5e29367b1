"""Lua scripts of journal and statistics; each touches one key, so a cluster may spread them."""

from __future__ import annotations

WRITE_JOURNAL = """
-- KEYS journal; ARGV cap keep_s, then entries
local now = redis.call('TIME')
for i = 3, #ARGV do
  redis.call('XADD', KEYS[1], 'MAXLEN', '=', ARGV[1], '*', 'e', ARGV[i])
end
redis.call('XTRIM', KEYS[1], 'MINID', '=', string.format('%.0f', (now[1] - ARGV[2]) * 1000))
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""
"""Append questions; drop those beyond the cap and those that are older than they may be."""

MARK_HANDLED = """
-- KEYS handled; ARGV cap ttl, then digests
local now = tonumber(redis.call('TIME')[1])
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], now, ARGV[i]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -(tonumber(ARGV[1]) + 1))
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""
"""Note what was dealt with."""

COUNT = """
-- KEYS statistics; ARGV cap ttl, then name and amount by turns
local room = ARGV[1] - redis.call('HLEN', KEYS[1])
for i = 3, #ARGV, 2 do
  if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0 then room = room - 1 end
  if room >= 0 or redis.call('HEXISTS', KEYS[1], ARGV[i]) == 1 then
    redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""
"""Add to counters; names beyond the cap are not taken in."""
