-- change applies one step of an order to its record: change(r, quantity) returns the units
-- that are free again and the units that are short no longer, or nil when the record does
-- not have as many.
-- ARGV epoch, order, n, step, quantity. Returns 1 done, 2 done before, 0 there is no such
-- take, 3 an earlier step is missing, 4 there are not as many units.
local function apply(change)
  local has = fence(ARGV[1])
  count(ARGV[3], 'a take')
  local step, quantity, r = count(ARGV[4], 'a step'), positive(ARGV[5], 'a quantity'), read(ARGV[2])
  if not r or r.epoch ~= ARGV[1] or r.n ~= ARGV[3] then return { 0 } end
  if step <= r.step then return { 2 } end
  if step > r.step + 1 then return { 3 } end
  local free, promised = change(r, quantity)
  if not free then return { 4 } end
  r.step = step
  redis.call('HSET', RECORD, ARGV[2], line(r))
  if free > 0 or promised > 0 then
    redis.call('MSET', USABLE, text(has[1] + free), SUBTRACT, text(has[2] - free), SHORTAGE, text(math.max(0, has[3] - promised)))
  end
  return { 1 }
end
