package main

// ordersInChinese has the texts of the commands that list orders.
var ordersInChinese = map[string]string{
	// Commands.
	"List orders by what they hold, or held": "列出订单：占用中的，或曾经占用的",
	"Tell an order's life, oldest first":     "按时间顺序列出一个订单的经过",

	// Flags.
	"active, committed, waiting, confirmed, cancelled, expired or any (default active)": "active 占用中、committed 已付款占用、waiting 待到货、confirmed 已扣减、cancelled 已释放、expired 超时释放或 any 全部（默认 active）",
	"reserved at or after this time, like 2030-01-31T00:00:00Z or 2030-01-31":           "在此时间或之后预占的，如 2030-01-31T00:00:00Z 或 2030-01-31",
	"reserved before this time":      "在此时间之前预占的",
	"newest or due (default newest)": "newest 最新在前，或 due 最先到期在前（默认 newest）",

	// Heads of tables.
	"moved": "移动",

	// Sentences.
	"this is not all of it: holdfast log has the rest": "这里不是全部，其余见 holdfast log",
}
