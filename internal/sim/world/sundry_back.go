package world

// withdraw takes units back that have left with an order: the order holds them again.
func (c *client) withdraw(cmd *command) {
	cmd.verb = "withdraw"
	c.ordered(cmd)
	body := object{"order_id": cmd.order}
	if c.rnd.IntN(2) == 0 {
		body["product_id"], body["location_id"] = cmd.item.product, cmd.item.location
		if c.rnd.IntN(2) == 0 {
			body["quantity"] = 1 + c.rnd.Int64N(2)
		}
	}
	if c.rnd.IntN(2) == 0 {
		body["ttl_seconds"] = c.someTime()
	}
	cmd.sundry.method, cmd.sundry.path, cmd.sundry.body = "POST", "/v1/inventory/withdraw", body
}

// restockFor lets units come in for an order that waits for them.
func (c *client) restockFor(cmd *command) {
	cmd.verb, cmd.qty = "restock", 1+c.rnd.Int64N(3)
	c.ordered(cmd)
	cmd.receiveFor(cmd.order)
}
