-- written: ARGV epoch; then for each order: id, n. The take n of the order is in the books,
-- so it is in flight no longer. Returns for each: 1 done, 0 there is no such take.
local has = fence(ARGV[1])
local orders = {}
for i = 2, #ARGV, 2 do
  count(ARGV[i + 1], 'a take')
  orders[#orders + 1] = ARGV[i]
end
local records = redis.call('HMGET', RECORD, unpack(orders))
for k = 1, #orders do
  local r = records[k] and parse(records[k])
  records[k] = r and r.epoch == ARGV[1] and r.n == ARGV[2 * k + 1] and r
end

local subtract, gone, answers, done = has[2], {}, {}, {}
for k, order in ipairs(orders) do
  local r = records[k]
  answers[k] = 0
  if r and not done[order] then
    answers[k], done[order] = 1, true
    subtract = subtract - r.reserved - r.sold
    gone[#gone + 1] = order
  end
end
if #gone > 0 then
  redis.call('SET', SUBTRACT, text(subtract))
  redis.call('HDEL', RECORD, unpack(gone))
end
return answers
