package main

// sinksInChinese has what people read of the commands about sinks.
var sinksInChinese = map[string]string{
	// Commands.
	"Deliver changes to other systems: set, watch and mend sinks":             "下游：把变更投递到其他系统，设置、查看、处理",
	"Set a sink: all of it, whatever it was before":                           "设置一个下游，整个替换",
	"Set the sinks that a trade needs, with the topics that its systems read": "按行业预设一次设置多个下游和它们的主题",
	"List sinks and how far they are":                                         "列出下游和投递进度",
	"Show a sink and what it delivers":                                        "查看一个下游和它投递什么",
	"Stop deliveries to a sink":                                               "暂停一个下游的投递",
	"Deliver to a sink again that is paused or disabled":                      "恢复已暂停或已停用的下游",
	"Move a sink: deliver again what lies behind, or pass over it":            "移动下游的位置：重新投递，或跳过",
	"Fill the index behind a sink anew":                                       "重建下游的索引",
	"Deliver a test event, and say how that went":                             "投递一个测试事件，看结果",
	"Give a webhook another secret":                                           "给 webhook 换密钥",
	"Take a sink away, with its secrets and what is parked":                   "删除一个下游，连同密钥和搁置的事件",
	"List events that were not taken, the oldest first":                       "列出搁置的事件，最早的在前",
	"Deliver parked events again, and what waits for them":                    "重新投递搁置的事件和排在后面的",
	"Give parked events up; what waits for them is delivered":                 "放弃搁置的事件，继续投递后面的",
	"List the last 1,000 attempts of a webhook, the newest first":             "列出 webhook 最近 1000 次投递，最新的在前",
	"Deliver the event of an attempt once more":                               "把一次投递的事件再投递一次",

	// Flags.
	"only these operations, with commas, like reserve,release, or catalog (default: all)": "只要这些操作，逗号分隔，如 reserve,release，或 catalog（默认全部）",
	"only these products, with commas":                                               "只要这些商品，逗号分隔",
	"only these locations, with commas":                                              "只要这些库位，逗号分隔",
	"only these channels, with commas":                                               "只要这些渠道，逗号分隔",
	"cloudevents, cloudevents-binary or plain (default cloudevents)":                 "格式：cloudevents、cloudevents-binary 或 plain（默认 cloudevents）",
	"the topic, of kinds that have topics":                                           "主题（有主题的种类才用）",
	"where a new sink begins: now, start, a time or a position (default now)":        "新下游从哪里开始：now、start、一个时间或一个位置（默认 now）",
	"how many events are delivered together at most (default 100)":                   "一批最多多少个事件（默认 100）",
	"how long an event may wait for others, like 50ms":                               "一个事件最多等多久凑一批，如 50ms",
	"file with the secret, - for standard input (default: it stays, or one is made)": "密钥文件，- 表示标准输入（默认：不变，或自动生成）",
	"all parked events of the sink":                                                  "这个下游全部搁置的事件",

	// Heads of tables.
	"sink":           "下游",
	"undelivered":    "未投递",
	"behind by":      "落后",
	"delivered":      "已投递",
	"retries":        "重试",
	"parked":         "搁置",
	"last error":     "最近错误",
	"tries":          "次数",
	"waiting for it": "排在后面",
	"cause":          "原因",
	"delivery":       "投递",
	"event":          "事件",
	"took":           "用时",
	"try":            "第几次",
	"repeats":        "重投自",
	"error":          "错误",

	// Words in tables.
	"failing":          "失败",
	"disabled":         "已停用",
	"requeued":         "待重投",
	"discarded":        "已放弃",
	"topic":            "主题",
	"format":           "格式",
	"types":            "操作",
	"locations":        "库位",
	"batch":            "批量",
	"position":         "位置",
	"relay":            "投递者",
	"failing since":    "失败开始",
	"old secret until": "旧密钥到期",

	// Messages.
	"there is no sink %s":              "没有下游 %s",
	"secret, shown this once: %s":      "密钥，只显示这一次：%s",
	"the test event was not delivered": "测试事件没有送达",
}
