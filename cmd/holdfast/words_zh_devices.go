package main

// devicesInChinese has the texts of the commands about the screens of a store.
var devicesInChinese = map[string]string{
	// Commands.
	"See the screens that show pages of the store, and confirm and end them": "门店屏幕：查看、确认、停用",
	"List the screens that show pages of the store":                          "列出门店的屏幕",
	"Let the screen that shows a code show a page of the store":              "确认屏幕上的代码，让它显示门店页面",
	"End a screen and its key":                                               "停用一个屏幕及其密钥",

	// Answers.
	"page": "页面",

	// Flags.
	"the till's file": "收银台的文件",
	"the page that it shows: kiosk, menu, kitchen or till":           "显示的页面：kiosk 自助点单，menu 菜单，kitchen 后厨，till 收银台",
	"name of the screen, recorded with its writes":                   "屏幕名称，记入它的业务",
	"channel that a kiosk sells for, or a menu shows (default none)": "自助点单机或菜单所属的渠道（默认无）",
	"the screen %s shows the page %s as %s":                          "屏幕 %s 显示页面 %s，编号 %s",
	"the screen %s shows the page %s no longer":                      "屏幕 %s 不再显示页面 %s",
}
