package docs

import (
	"slices"
	"strings"
)

// Words of a question that say nothing about its subject.
var (
	stopWords    = stems(stopEnglish)
	stopPhrases  = longestFirst(strings.Fields(stopChinese))
	stopReplacer = strings.NewReplacer(pairsWith(stopPhrases, " ")...)
)

const stopEnglish = `a about after again all also am an and any anybody anyone are as at be been before being but by
can cannot could did do does doing don for from get gets getting give given had happen happens has have having he her here hers his how i if
in into is it its just let like made make makes many may me might more most much must my need needs no nor not now of off on once one only or
other our ours out over own please possible same she should so some somebody someone something such t tell than that the their them then there
these they thing things this those to too under up us use used using very want wants was way ways we were what when where which while who
whom whose why will with within without would you your yours`

const stopChinese = `怎么样 怎么办 怎么做 怎么 怎样 如何 什么 为什么 哪些 哪个 哪里 可以 可不可以 能不能 能否 是否 是不是 会不会 有没有 要不要 需不需要 需要 必须 多少 几个 几台
请问 我们 你们 他们 我 你 您 的 了 吗 呢 吧 啊 还能 不能 时候 一个 一下 这个 那个 想要 之间 应该 没有 或者 以及 如果 到底 这样`

func stems(list string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(list) {
		set[stem(word)] = true
	}
	return set
}

// longestFirst puts a phrase before the phrases that it begins with.
func longestFirst(phrases []string) []string {
	slices.SortStableFunc(phrases, func(a, b string) int { return len(b) - len(a) })
	return phrases
}

func pairsWith(all []string, other string) []string {
	var pairs []string
	for _, one := range all {
		pairs = append(pairs, one, other)
	}
	return pairs
}

// asked are the tokens of a query without stop words, or all of them if it has only such.
func asked(words []token) []token {
	rest := slices.DeleteFunc(slices.Clone(words), func(t token) bool { return stopWords[t.term] })
	if len(rest) == 0 {
		return words
	}
	return rest
}
