package main

// searchInChinese has the texts of the commands about details of products and
// search.
var searchInChinese = map[string]string{
	// Commands.
	"See and set what shoppers are shown of products": "商品详情：标题、描述、卖家、属性、标签",
	"Set all details of a product":                    "设置一个商品的全部详情",
	"Show the details of a product":                   "查看一个商品的详情",
	"List the details of all products":                "列出全部商品的详情",
	"Set the details of the products in a file":       "从文件导入商品详情",
	"Take the details of a product away":              "删除一个商品的详情",

	"Find products by words, details and stock": "按关键词、详情和库存搜索商品",

	// Flags.
	"only of this seller": "只要这个卖家",
	"only what this location keeps; stock is that of it alone":               "只要这个库位有的商品，库存也只算这个库位",
	"the channel that stock is for":                                          "看哪个渠道的库存",
	"only what is in stock":                                                  "只要有货的",
	"only what cannot be had: sold out, oversold or switched off everywhere": "只要买不到的：各处都售罄、超卖或停售",
	"only with this attribute, like brand=acme (repeatable)":                 "只要有这个属性的，如 brand=acme（可重复）",
	"only with this tag (repeatable)":                                        "只要有这个标签的（可重复）",
	"count the values of this attribute, or of seller_id (repeatable)":       "统计这个属性（或 seller_id）的各个值（可重复）",
	"how many products are shown, at most 100":                               "显示多少个商品，最多 100",
	"build the index anew; needs an admin key":                               "重建索引，需要 admin 密钥",
	"show the state of the index":                                            "查看索引状态",
	"the title, one line":                                                    "标题，一行",
	"the text, which may have several lines":                                 "描述，可以多行",
	"who sells it":                                                           "卖家",
	"an attribute, like brand=acme (repeatable)":                             "属性，如 brand=acme（可重复）",
	"a tag (repeatable)":                                                     "标签（可重复）",

	// Heads of tables.
	"seller":     "卖家",
	"attributes": "属性",
	"tags":       "标签",

	"in stock": "有货",
	"facet":    "维度",
	"ready":    "可用",
	"building": "重建中",
	"built":    "已建",
	"to build": "应建",
	"up to":    "截至",

	// Sentences.
	"--rebuild and --state take no other flag": "--rebuild 和 --state 只能单独用",
	"product %s has no details":                "商品 %s 没有详情",
	"lines %d to %d are not set:":              "第 %d 到 %d 行没有导入：",
}
