-- reserve: ARGV epoch, life of a guard (ms), moment (unix ms); then for each order: id,
-- quantity, most units that may be short in all (0: none), 1 when it may have the units that
-- other orders wait for. Of the keys of orders it takes the guards "operate" alone.
-- Returns for each order: 1 reserved, 0 refused, 2 reserved before, 3 done before and in
-- the books; n; units reserved; units short.
-- A call of Redis costs more here than what it does: one call reads or writes for all orders.
local epoch, life, moment = ARGV[1], ARGV[2], ARGV[3]
local has = fence(epoch)
positive(life, 'a life')
count(moment, 'a moment')
local orders, wants, caps = {}, {}, {}
for i = 4, #ARGV, 4 do
  local k = #orders + 1
  orders[k], wants[k], caps[k] = ARGV[i], positive(ARGV[i + 1], 'a quantity'), count(ARGV[i + 2], 'an allowance')
end
local records = redis.call('HMGET', RECORD, unpack(orders))
local guards = redis.call('MGET', unpack(KEYS, 10))

local usable, subtract, shortage, takes = has[1], has[2], has[3], has[5]
local answers, here, lines, taken = {}, {}, {}, {}
for k, order in ipairs(orders) do
  local status, n, reserved, short = 0, 0, 0, 0
  local before = records[k] and parse(records[k]) or here[order]
  local guard = guards[k]
  if before then
    status, n, reserved, short = 2, tonumber(before.n), before.reserved, before.short
  elseif guard and string.match(guard, '^[^:]+') == epoch then
    status, n = 3, tonumber(string.match(guard, ':(%d+)$'))
  else
    local free = usable
    if ARGV[4 * k + 3] ~= '1' then free = math.max(0, usable - shortage) end
    reserved = math.min(wants[k], free)
    short = wants[k] - reserved
    if short == 0 or shortage + short <= caps[k] then
      takes = takes + 1
      status, n = 1, takes
      usable, subtract, shortage = usable - reserved, subtract + reserved, shortage + short
      here[order] = { n = takes, reserved = reserved, short = short }
      taken[#taken + 1] = k
      lines[#lines + 1] = order
      lines[#lines + 1] = string.format('%s:%.0f:%.0f:%.0f:0:0:%s', epoch, takes, reserved, short, moment)
    else
      reserved, short = 0, 0
    end
  end
  local at = 4 * k
  answers[at - 3], answers[at - 2], answers[at - 1], answers[at] = status, n, reserved, short
end
if #taken > 0 then
  redis.call('MSET', USABLE, text(usable), SUBTRACT, text(subtract), SHORTAGE, text(shortage), TAKES, text(takes))
  redis.call('HSET', RECORD, unpack(lines))
  for _, k in ipairs(taken) do redis.call('SET', KEYS[9 + k], string.format('%s:%.0f', epoch, answers[4 * k - 2]), 'PX', life) end
end
return answers
