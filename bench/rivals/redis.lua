-- The usual script of a flash sale on Redis: everything in one step, one hash slot. Answers {verdict, order id}.
-- KEYS: the item (hash: opens, closes, limit, left), units by buyer (hash), order by request (hash), orders (stream).
-- The stream is the order record, and, as every hold lives equally long, also the queue of deadlines.
-- ARGV: request, buyer, quantity, now, time to live.
local seen = redis.call('HGET', KEYS[3], ARGV[1])
if seen then return {1, seen} end

local item = redis.call('HMGET', KEYS[1], 'opens', 'closes', 'limit', 'left')
local quantity, now = tonumber(ARGV[3]), tonumber(ARGV[4])
if now < tonumber(item[1]) or now >= tonumber(item[2]) then return {4} end

local units = tonumber(redis.call('HGET', KEYS[2], ARGV[2]) or 0)
if units + quantity > tonumber(item[3]) then return {2} end
if tonumber(item[4]) < quantity then return {3} end

redis.call('HINCRBY', KEYS[1], 'left', -quantity)
redis.call('HINCRBY', KEYS[2], ARGV[2], quantity)
local order = redis.call('XADD', KEYS[4], '*', 'request', ARGV[1], 'buyer', ARGV[2], 'quantity', quantity,
                         'deadline', now + ARGV[5])
redis.call('HSET', KEYS[3], ARGV[1], order)
return {0, order}
