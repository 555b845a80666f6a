-- confirm: units of the order are sold; only units that are there can be.
return apply(function(r, quantity)
  if quantity > r.reserved then return nil end
  r.reserved, r.sold = r.reserved - quantity, r.sold + quantity
  return 0, 0
end)
