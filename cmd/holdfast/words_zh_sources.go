package main

// sourcesInChinese has the texts of the commands about sources.
var sourcesInChinese = map[string]string{
	// Commands.
	"Take commands by message: set, watch and mend sources":                                                        "来源：通过消息接收指令，设置、查看、处理",
	"Set a source: all of it, whatever it was before":                                                              "设置一个来源，整个替换",
	"List sources and how they fare":                                                                               "列出来源和消费情况",
	"Show a source and what it consumes":                                                                           "查看一个来源和它消费什么",
	"Stop consuming a source; its messages wait":                                                                   "暂停消费一个来源，消息留在队列里",
	"Consume a source again that is paused":                                                                        "恢复已暂停的来源",
	"Ask the broker of a source whether it can be consumed":                                                        "测试来源：问消息中间件能否消费",
	"Take a source away, with its secret and what is parked":                                                       "删除一个来源，连同密钥和搁置的消息",
	"List messages that are no commands, the oldest first":                                                         "列出搁置的消息，最早的在前",
	"Carry parked messages out once more":                                                                          "再执行一次搁置的消息",
	"Give parked messages up":                                                                                      "放弃搁置的消息",
	"consumer group, of nats the durable consumer (default holdfast)":                                              "消费组；nats 为持久消费者名（默认 holdfast）",
	"topic that gets the result of each message (default: none)":                                                   "接收每条消息结果的主题（默认没有）",
	"commands or restaurant (default commands)":                                                                    "格式：commands 或 restaurant（默认 commands）",
	"what happens to a paid order of a restaurant that is not there: refuse, oversell or case (default: it stays)": "餐厅已付款但库存不足的订单如何处理：refuse（拒绝并搁置）、oversell（照记，记为超卖）或 case（搁置并生成异常单，由人决定）（默认：不变）",
	"file with what the broker wants, - for standard input (default: it stays)":                                    "密钥文件，- 表示标准输入（默认：不变）",
	"all parked messages":                                                                                          "全部搁置的消息",

	// Heads of tables, and words in them.
	"source":      "来源",
	"queued":      "排队",
	"accepted":    "已执行",
	"refused":     "已拒绝",
	"message":     "消息",
	"paid":        "已付",
	"bytes":       "字节",
	"begins with": "开头",
	"group":       "消费组",
	"reply topic": "回复主题",
	"shortage":    "库存不足时",
	"reached":     "可达",

	// Messages.
	"there is no source %s":         "没有来源 %s",
	"the source cannot be consumed": "来源无法消费",
}
