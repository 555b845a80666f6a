package main

// tillsInChinese has what people read of the commands about tills.
var tillsInChinese = map[string]string{
	// Commands.
	"See and set the tills of stores, pair them and write them off": "收银台：查看、设置、配对、注销",
	"List the tills": "列出全部收银台",
	"Show a till, its policy and when it was heard of last":                               "查看一个收银台：策略、最近联系时间",
	"Set a till and its policy: all of it, whatever it was before":                        "设置一个收银台及其策略，整份覆盖",
	"Make a code that pairs a machine with a till":                                        "生成配对码，用来把机器配对到收银台",
	"Say that the file of a till is lost, and take back its units":                        "注销收银台丢失的数据，收回它的库存",
	"Take a till away that is not paired":                                                 "删除一个未配对的收银台",
	"Sell in a store, whether or not the line to the centre is there":                     "门店收银台：断网也能卖",
	"Make a till's file with a code from the centre":                                      "用中心的配对码生成收银台文件",
	"Sell for the location of a till":                                                     "作为收银台运行，为其门店售卖",
	"Show how things stand between a till and its centre":                                 "查看收银台与中心的同步情况",
	"Print what a till did that its centre does not have":                                 "打印中心还没有的收银台记录",
	"Sell a day of a restaurant at two tills and online, one till cut off for half of it": "演示：餐厅的一天，两个收银台和网上同时卖，其中一个断网半天",

	// Flags.
	"where it sells":       "所在库位",
	"its name, for people": "名称，给人看",
	"which share of the units at the location it may have, 0 to 100":              "最多占该库位库存的百分之几，0 到 100",
	"how many units of a product it has at least while there are some":            "只要还有货，每种商品至少留给它多少",
	"how many units of a product it has at most; 0 is no bound":                   "每种商品最多给它多少，0 为不限",
	"get more when down to this share of what it is to have, 1 to 100":            "降到应有量的百分之几时补货，1 到 100",
	"the till of a location with the lower rank goes first where there is little": "货不够时，同一库位中次序号小的收银台优先",
	"the channel it sells for: units come out of its quota first":                 "所属渠道，先用该渠道的配额",
	"those in this state: unpaired, away, stale, behind or synced":                "只列该状态：unpaired 未配对，away 失联，stale 已失效，behind 落后，synced 已同步",
	"let it sell more than it has while the server cannot be asked":               "断网时允许超出自有库存销售",
	"keep the units from sale until somebody has counted":                         "盘点之前先不上架",
	"which day, such as 2015-02-01 (default: the one with the most orders)":       "重放哪一天，例如 2015-02-01（默认：订单最多的一天）",
	`how many times as fast as the clock it goes, or "max" for no pauses`:         "快进倍数，max 为不停顿",
	"cut the line of till one from 13:00 to 19:00":                                "13:00 到 19:00 断开一号收银台的网络",
	"folder of the data set": "数据集所在目录",

	// Answers.
	"there is no till %s": "收银台 %s 已删除",
	"till":                "收银台",
	"percent":             "百分比",
	"floor":               "下限",
	"ceiling":             "上限",
	"at risk":             "可超卖",
	"rank":                "次序",
	"heard":               "最近联系",
	"behind since":        "落后自",
	"unpaired":            "未配对",
	"away":                "失联",
	"stale":               "已失效",
	"behind":              "落后",
	"synced":              "已同步",
}
