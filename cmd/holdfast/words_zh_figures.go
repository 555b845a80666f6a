package main

// figuresInChinese has what people read of the command that shows figures.
var figuresInChinese = map[string]string{
	// Commands.
	"Show how much was booked, by minute, hour or day": "按分钟、小时或天查看业务量",

	// Flags.
	"minute, hour or day": "minute 分钟、hour 小时或 day 天",
	"from the minute, hour or day of this time on, like 2030-01-31T00:00:00Z or 2030-01-31": "从这个时间所在的分钟、小时或天开始，如 2030-01-31T00:00:00Z 或 2030-01-31",
	"what begins before this time":                    "在这个时间之前开始的",
	"the `zone` where days begin, like Asia/Shanghai": "按哪个`时区`分天，如 Asia/Shanghai",

	// Heads of tables.
	"begins":         "开始时间",
	"reserves":       "预占次数",
	"lines expired":  "超时行数",
	"units reserved": "预占数量",
	"units expired":  "超时释放",
	"units received": "入库",
	"gained":         "盘盈",
	"lost units":     "盘亏",
}
