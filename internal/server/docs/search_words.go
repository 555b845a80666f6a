package docs

// searchWords are the sentences of the page of results in a language. Those with %s name a query or a number.
type searchWords struct {
	cut, empty, none, one, best, many HTML
	whereElse                         HTML
}

var wordsOfSearches = map[string]searchWords{
	english: {
		cut:   "The first %s characters were searched.",
		empty: "Ask a question, or write words: an endpoint, a field, a flag, a code of a problem.",
		none:  "No page has a word of “%s”. Try other words.",
		one:   "1 page for “%s”.",
		best:  "The best %s pages for “%s”.",
		many:  "%s pages for “%s”, the best first.",
		whereElse: `<a href="/docs/guide/questions">Questions</a> have short answers, <a href="/docs/guide/glossary">the glossary</a> has the words of other ` +
			`systems, <a href="/docs/api">the API reference</a> each call. All pages are in the list next to this text.`,
	},
	chinese: {
		cut:   "只搜索了前 %s 个字符。",
		empty: "可以直接提问，也可以输入关键词：接口、字段、参数或错误码。",
		none:  "没有页面包含“%s”中的词，请换一种说法。",
		one:   "“%[1]s”：找到 1 页。",
		best:  "“%[2]s”：最相关的 %[1]s 页。",
		many:  "“%[2]s”：找到 %[1]s 页，最相关的在前。",
		whereElse: `<a href="/docs/zh/guide/questions">常见问题</a>有简短的回答，<a href="/docs/zh/guide/glossary">术语表</a>列出其他系统的叫法，` +
			`<a href="/docs/zh/api">API 参考</a>列出每个接口。所有页面都在旁边的列表里。`,
	},
}
