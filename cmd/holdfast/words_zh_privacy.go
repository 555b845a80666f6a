package main

// privacyInChinese has the texts of the commands that remove personal data from the
// books.
var privacyInChinese = map[string]string{
	// Commands.
	"Take free text out of the log":                             "脱敏：从日志里抹去手写文字",
	"Create a tenant, or delete one and all that is kept of it": "新建租户，或删除租户及其全部数据",
	"Create a tenant, for work or as a sandbox":                 "新建租户：正式的，或测试用的沙箱",
	"Delete a tenant, for good":                                 "彻底删除一个租户",
	"Fill a sandbox, for tests of your integration":             "给沙箱备好测试数据",
	"Load stock for tests into a sandbox":                       "把测试库存载入沙箱",

	// Heads of tables and sentences.
	"opened":       "新建",
	"there before": "原已存在",
	"the tenant is not a sandbox: nothing was loaded": "该租户不是沙箱，未载入任何数据",

	// Flags.
	"make it a sandbox, for tests":                                                                     "建成测试用的沙箱",
	"sets of tables in each of --databases when the books are first laid out":                          "首次建账时，--databases 中每个库建几套表",
	"folder with the records that were archived":                                                       "归档目录",
	"databases that keep the books, `pairs` NAME=DSN,… (default: the main database)":                   "存放账本的数据库，`pairs` 写作 名称=DSN,…（默认：主数据库）",
	"tenant whose text is redacted":                                                                    "要脱敏的租户",
	"only entries of this order":                                                                       "只处理这个订单的",
	"only entries with a line of this customer":                                                        "只处理这个客户的",
	"only entries whose reason, reference or operator has this text":                                   "只处理原因、单号或操作人中有这段文字的",
	"only entries about this product":                                                                  "只处理这个商品的",
	"only entries about this location":                                                                 "只处理这个库位的",
	"only entries booked at or after this time, like 2026-01-31T00:00:00Z":                             "从何时起，如 2026-01-31T00:00:00Z",
	"only entries booked before this time":                                                             "到何时止",
	"who redacts, which is kept with the count (default: the name of the account)":                     "脱敏人，与处理条数一起留档（默认：系统账户名）",
	"change nothing, say what would be redacted":                                                       "试运行：只统计，不改动",
	"list the tenant's redactions instead, the newest first":                                           "列出该租户的脱敏记录，最新的在前",
	"who deletes, which is kept (default: the name of the account)":                                    "删除人，会留档（默认：系统账户名）",
	"change nothing, say what would be deleted":                                                        "试运行：只统计，不删除",
	"Redis of the servers, whose keys of the tenant are deleted, written as for serve (default: none)": "服务所用的 Redis，该租户在其中的键一并删除，写法同 serve（默认：无）",
	"the second Redis of the servers (default: none)":                                                  "服务所用的第二个 Redis（默认：无）",
	"no Redis has keys of the tenant: it was emptied, or is off for good":                              "Redis 已清空或已永久停用，其中没有该租户的键",
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
	"Create a tenant, or delete one and all that is kept of it": `新建租户；租户退租后，把它的数据从账本里删干净。`,
	"Create a tenant, for work or as a sandbox": `直接打开主数据库，服务启动前或运行中都能用。已有的租户保持原样。

沙箱是给对接程序做测试的租户：那里的订单可以立即过期，不必等。是不是沙箱在新建时定下，以后不变；
已有的正式租户加 --sandbox 会被拒绝。`,
	"Fill a sandbox, for tests of your integration": `沙箱是给对接程序做测试的租户，用 holdfast tenants create ID --sandbox 新建。`,
	"Load stock for tests into a sandbox": `经 API 载入一份测试库存：

  shop      20 个商品，默认库位和 store 各有库存，另有组合商品 tea-set
  lots      牛奶有一个过期批次，酸奶有一个召回批次，奶酪分两个等级
  sold_out  none-left 已售罄，last-one 剩一件，oversold 超卖 2 件，off-sale 停售

已有的保持原样，之后卖掉的也不会补回：要重新开始，就另建一个沙箱。
租户不是沙箱时什么也不载入。`,
	"Delete a tenant, for good": `删除租户的全部数据：流水及备注、库存、预占、幂等键，还有商品、库位、设置等资料。
其他租户的库存不受影响，各条校验链仍然完整。

删除后无法找回。请先停掉所有服务，做好备份，再加 --dry-run 看一遍。
中途断了，在启动服务之前再执行一次，会接着删完。流水已归档的，加上 --archive，一并删除。

商品经 Redis 卖过的，用 --redis（和 --redis-second）写明服务所用的 Redis，其中的键和任务一并删除；
Redis 已清空或永久停用的，用 --redis-gone。

只留下租户编号、删除时间和删除人。库位正在或曾经分散到多个分片的租户，目前不能删除。
还剩下什么，哪些副本要自己清理，见 docs/operations/privacy.md。`,
}
