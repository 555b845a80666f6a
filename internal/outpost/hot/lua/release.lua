-- release: units that were promised beyond what is there go first.
return apply(function(r, quantity)
  local promised = math.min(quantity, r.short)
  local free = quantity - promised
  if free > r.reserved then return nil end
  r.reserved, r.short = r.reserved - free, r.short - promised
  return free, promised
end)
