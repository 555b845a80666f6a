package main

// searchInChinese has what people read of the commands about details of products and
// search.
var searchInChinese = map[string]string{
	// Commands.
	"See and set what shoppers are shown of products": "商品详情：标题、描述、卖家、属性、标签",
	"Set all details of a product":                    "设置一个商品的全部详情",
	"Show the details of a product":                   "查看一个商品的详情",
	"List the details of all products":                "列出全部商品的详情",
	"Set the details of the products in a file":       "从文件导入商品详情",
	"Take the details of a product away":              "删除一个商品的详情",

	// Flags.
	"the title, one line":                         "标题，一行",
	"the text, which may have several lines":      "描述，可以多行",
	"who sells it":                                "卖家",
	"an attribute, like brand=acme (repeatable)": "属性，如 brand=acme（可重复）",
	"a tag (repeatable)":                          "标签（可重复）",

	// Heads of tables.
	"seller":     "卖家",
	"attributes": "属性",
	"tags":       "标签",

	// Sentences.
	"product %s has no details":     "商品 %s 没有详情",
	"lines %d to %d are not set:": "第 %d 到 %d 行没有导入：",
}
