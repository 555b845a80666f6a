package world

import (
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// verb is a verb whose calls may have a key.
type verb struct {
	op    stock.Op // of its events
	batch string   // its name in a batch, "" when no batch takes it
	// item: it is about one item, and answers with it.
	item bool
	// dead: an item that is retired does not take it.
	dead bool
	// call says how the contract spells it, nil: command.call does.
	call func(c *command) (method, path string, body object)
	// turn makes a call up, nil: client.make does.
	turn func(c *client, cmd *command)
	// do says what it does with its item, nil: shop.do does.
	do func(it *item, c *command, now int64, o *outcome)
}

// verbs are all of them, by their names. A new one about one item gets its line here, with all of
// its functions.
var verbs = map[string]verb{
	"create": {op: stock.OpOpen, batch: "create", item: true},
	"restock": {
		op: stock.OpRestock, batch: "restock", item: true, dead: true, call: func(c *command) (method, path string, body object) {
			return "POST", "/inventory/restock", c.ofLot(c.item.nameItem(object{"quantity": c.qty}))
		}, do: func(it *item, c *command, now int64, _ *outcome) { facts{it}.restock(c, now) },
	},
	"adjust":     {op: stock.OpAdjust, batch: "adjust", item: true, dead: true},
	"threshold":  {op: stock.OpThreshold, batch: "set_threshold", item: true, dead: true},
	"sale":       {op: stock.OpSaleStatus, batch: "set_sale_status", item: true, dead: true},
	"cleanup":    {op: stock.OpCleanup},
	"reserve":    {op: stock.OpPlace, batch: "reserve"},
	"release":    {op: stock.OpRelease, batch: "release"},
	"deduct":     {op: stock.OpConfirm, batch: "deduct"},
	"commit":     {op: stock.OpCommit, batch: "commit"},
	"extend":     {op: stock.OpExtend, batch: "extend"},
	"change":     {op: stock.OpChange, batch: "change"},
	"relocate":   {op: stock.OpRelocate, batch: "relocate"},
	"withdraw":   {op: stock.OpWithdraw, batch: "withdraw"},
	"promises":   {op: stock.OpPromise},
	"set_quotas": {op: stock.OpQuota, batch: "set_quotas", item: true, dead: true},
	"allot":      {op: stock.OpAllot, batch: "allot", item: true, dead: true},
	"reset_sold": {op: stock.OpQuotaReset, batch: "reset_sold", item: true, dead: true},
	"move": {
		op: stock.OpMove, batch: "move", item: true, dead: true, call: func(c *command) (method, path string, body object) {
			return "POST", "/v1/inventory/move", c.ofLot(c.item.nameItem(object{"from": c.from, "to": c.to, "quantity": c.qty, "reason": "moved"}))
		}, turn: (*client).move, do: (*item).move,
	},
	"return": {
		op: stock.OpReturn, batch: "return", item: true, dead: true, call: func(c *command) (method, path string, body object) {
			return "POST", "/v1/inventory/return", c.ofLot(c.item.nameItem(object{"to": c.to, "quantity": c.qty, "order_id": c.order, "fact": c.fact}))
		}, do: func(it *item, c *command, now int64, o *outcome) {
			facts{it}.takeBack(c, now, o)
			if o.code == "" && c.isChecked() {
				o.also = []string{"INVALID_STATE"} // the order has lines elsewhere
			}
		},
	},
	"lot_policy": {
		op: stock.OpLotPolicy, item: true, dead: true, call: func(c *command) (method, path string, body object) {
			return "PUT", "/v1/lots/" + c.item.product + "/policy", object{"location_id": c.item.location, "draw": draws[c.draw.draw], "lead_days": c.draw.leadDays}
		}, do: func(it *item, c *command, now int64, _ *outcome) { facts{it}.drawBy(c, now) },
	},
	"recall": {
		op: stock.OpRecall, item: true, call: func(c *command) (method, path string, body object) {
			return "POST", "/v1/lots/" + c.item.product + "/recall", object{"location_id": c.item.location, "lot": wants[c.want], "lift": c.lift, "reason": "sour"}
		}, do: func(it *item, c *command, now int64, _ *outcome) { it.recall(c, now) },
	},
	"observe": {
		op: stock.OpObserve, batch: "observe", item: true, dead: true, call: (*command).happened,
		do: func(it *item, c *command, now int64, o *outcome) { facts{it}.observe(c, now, o) },
	},
	"sold_elsewhere": {
		op: stock.OpSoldElsewhere, batch: "sold_elsewhere", item: true, call: (*command).happened,
		do: func(it *item, c *command, now int64, o *outcome) { facts{it}.sellElsewhere(c, now, o) },
	},
	"retire": {
		op: stock.OpRetire, item: true, call: (*command).outOfUse,
		do: func(it *item, c *command, _ int64, o *outcome) { facts{it}.retire(c, o) },
	},
	"reinstate": {
		op: stock.OpReinstate, item: true, call: (*command).outOfUse,
		do: func(it *item, _ *command, _ int64, o *outcome) { facts{it}.reinstate(o) },
	},
}

// takeTurn makes up a call of a verb that has one.
func takeTurn(c *client, cmd *command) {
	if len(turns) > 1 {
		cmd.verb = turns[c.rnd.IntN(len(turns))]
	} else {
		cmd.verb = turns[0]
	}
	verbs[cmd.verb].turn(c, cmd)
}

// turns are the verbs that have one.
var turns = func() (all []string) {
	for name, v := range verbs {
		if v.turn != nil {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}()

// shows reports whether the events of an operation show an item's figures in their answers.
func shows(op stock.Op) bool {
	for _, v := range verbs {
		if v.op == op {
			return v.item && op != stock.OpOpen
		}
	}
	return false
}
