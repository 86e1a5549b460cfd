//! The Redis scripts. Each touches one key, so that it runs on one node of a cluster, and reads the server's clock.
//!
//! The key is `didit:{namespace:event}`, a hash with `state`, `token`, `lease` (the end of the lease in
//! milliseconds since 1970) and `attempts`. Redis forgets it by itself when the retention has passed.

/// The scripts by name, with their arguments.
pub const SCRIPTS: [(&str, &str); 5] = [
    // KEYS: the key. ARGV: token, lease in milliseconds, retention in seconds. Returns {answer, attempts}.
    (
        "claim",
        "local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local held = redis.call('HMGET', KEYS[1], 'state', 'lease', 'attempts', 'token')
if held[1] == 'done' then return {'done', tonumber(held[3])} end
if held[1] == 'claimed' and tonumber(held[2]) > now then
  -- A client that has lost its connection sends the same call again.
  return {held[4] == ARGV[1] and 'new' or 'in_flight', tonumber(held[3])}
end
local attempts = (tonumber(held[3]) or 0) + 1
local lease = string.format('%.0f', now + ARGV[2])
redis.call('HSET', KEYS[1], 'state', 'claimed', 'token', ARGV[1], 'lease', lease, 'attempts', attempts)
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {'new', attempts}",
    ),
    // ARGV: token, lease in milliseconds, retention in seconds. Returns 1, or 0 if the claim was lost.
    (
        "renew",
        "local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local held = redis.call('HMGET', KEYS[1], 'state', 'token')
if held[1] ~= 'claimed' or held[2] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'lease', string.format('%.0f', now + ARGV[2]))
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1",
    ),
    // ARGV: token, retention in seconds. Returns 1, or 0 if the claim was lost.
    (
        "complete",
        "local held = redis.call('HMGET', KEYS[1], 'state', 'token')
if held[1] ~= 'claimed' or held[2] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', 'done')
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1",
    ),
    // ARGV: token, retention in seconds. Returns 1, or 0 if the claim was lost.
    (
        "release",
        "local held = redis.call('HMGET', KEYS[1], 'state', 'token')
if held[1] ~= 'claimed' or held[2] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', 'released')
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1",
    ),
    // Returns the state of one event: in_flight, expired, released or done, or nothing.
    (
        "state",
        "local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local held = redis.call('HMGET', KEYS[1], 'state', 'lease')
if held[1] ~= 'claimed' then return held[1] end
if tonumber(held[2]) > now then return 'in_flight' end
return 'expired'",
    ),
];
