package main

// privacyInChinese has the texts of the commands that remove personal data from the
// books.
var privacyInChinese = map[string]string{
	// Commands.
	"Take free text out of the log":              "脱敏：从日志里抹去手写文字",
	"Delete a tenant and all that is kept of it": "删除租户及其全部数据",
	"Delete a tenant, for good":                  "彻底删除一个租户",

	// Flags.
	"sets of tables in each of --databases when the books are first laid out":        "首次建账时，--databases 中每个库建几套表",
	"folder with the records that were archived":                                     "归档目录",
	"databases that keep the books, `pairs` NAME=DSN,… (default: the main database)": "存放账本的数据库，`pairs` 写作 名称=DSN,…（默认：主数据库）",
	"tenant whose text is redacted":                                                  "要脱敏的租户",
	"only entries of this order":                                                     "只处理这个订单的",
	"only entries with a line of this customer":                                      "只处理这个客户的",
	"only entries whose reason, reference or operator has this text":                 "只处理原因、单号或操作人中有这段文字的",
	"only entries about this product":                                                "只处理这个商品的",
	"only entries about this location":                                               "只处理这个库位的",
	"only entries booked at or after this time, like 2026-01-31T00:00:00Z":           "从何时起，如 2026-01-31T00:00:00Z",
	"only entries booked before this time":                                           "到何时止",
	"who redacts, which is kept with the count (default: the name of the account)":   "脱敏人，与处理条数一起留档（默认：系统账户名）",
	"change nothing, say what would be redacted":                                     "试运行：只统计，不改动",
	"list the tenant's redactions instead, the newest first":                         "列出该租户的脱敏记录，最新的在前",
	"who deletes, which is kept (default: the name of the account)":                  "删除人，会留档（默认：系统账户名）",
	"change nothing, say what would be deleted":                                      "试运行：只统计，不删除",
}

// helpInChinese has the long help of commands, by their short help in English.
var helpInChinese = map[string]string{
	"Take free text out of the log": `库存流水里有手写的文字：原因、单号、操作人。客户要求删除个人信息时，用本命令抹去。
数量不变，日志的校验链也不断；之后 verify 会报出抹去了多少条备注。

先加 --dry-run 看看会动到哪些。处理时不用停服务。中途断了就再执行一次，会接着做完。
流水已归档的，加上 --archive，归档文件一并处理。

几个条件同时给出时，只处理全都符合的流水。同一条日志记录里，文字相同的流水共用一份备注，
抹掉一条，其余的也跟着抹掉。订单、客户、商品和库位仍留在流水里，还有哪些地方存着个人信息，
见 docs/operations/privacy.md。`,
	"Delete a tenant and all that is kept of it": `租户退租后，把它的数据从账本里删干净。`,
	"Delete a tenant, for good": `删除租户的全部数据：流水及备注、库存、预占、幂等键，还有商品、库位、设置等资料。
其他租户的库存不受影响，各条校验链仍然完整。

删除后无法找回。请先停掉所有服务，做好备份，再加 --dry-run 看一遍。
中途断了，在启动服务之前再执行一次，会接着删完。流水已归档的，加上 --archive，一并删除。

只留下租户编号、删除时间和删除人。库位正在或曾经分散到多个分片的租户，目前不能删除。
还剩下什么，哪些副本要自己清理，见 docs/operations/privacy.md。`,
}
