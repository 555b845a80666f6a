package main

// itemsInChinese has the texts of the command that lists items.
var itemsInChinese = map[string]string{
	// Commands.
	"List products at locations by any filter and in any order": "按任意条件筛选、排序列出库存",

	// Flags.
	"only this product":                "只看这个商品",
	"the channel that --status is for": "按哪个渠道看 --status",
	"only in these `states`: in_stock, low, sold_out, off_sale, not_counted, oversold":   "只要这些`状态`：in_stock 有货、low 库存紧张、sold_out 售罄、off_sale 停售、not_counted 不计库存、oversold 超卖",
	"product, available, on_hand, held or updated; with - before it the other way round": "按 product 商品、available 可售、on_hand 在库、held 预占或 updated 更新时间排序，前面加 - 为倒序",
	"how many items are shown, at most 200":                                              "显示多少条，最多 200",
	"show the page after the one that gave this `token` (--json shows it)":               "接着给出这个`标记`的那一页往下看（--json 会显示）",
	"say what TEXT may mean": "说明 TEXT 可能指什么",
	"how many items of all tenants are kept in memory for lists, up to 1,000,000,000; with more a list must name its location": "为列表在内存中保留多少条库存（所有租户合计），最多 1,000,000,000；超过时列表必须指定库位",

	// Heads of tables, and words in them.
	"changed":     "更新时间",
	"low":         "库存紧张",
	"off_sale":    "停售",
	"not_counted": "不计库存",

	// Sentences.
	"%d of %d items":         "共 %[2]d 条，显示 %[1]d 条",
	"--suggest needs a TEXT": "--suggest 需要 TEXT",
}
