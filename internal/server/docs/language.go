package docs

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// frameWords are the words of the frame in a language.
type frameWords struct {
	Skip, Pages, Search string
	Sections            map[string]string // by folder, "" for the first
	Start, Untranslated string
}

var wordsOfFrames = map[string]frameWords{
	english: {
		Skip: "Skip to the page", Pages: "Pages", Search: "Search", Start: "Start",
		Sections: map[string]string{"": "Holdfast", "guide": "Guide", "guide/doors": "Coming from elsewhere", "operations": "Operations", "protocol": "On the wire", "errors": "Error codes", "adr": "Decisions"},
	},
	chinese: {
		Skip: "跳到正文", Pages: "页面", Search: "搜索", Start: "首页",
		Sections:     map[string]string{"": "Holdfast", "guide": "指南", "guide/doors": "从其他系统来", "operations": "运维", "protocol": "线上格式", "errors": "错误码", "adr": "设计决定"},
		Untranslated: "本页还没有中文版，以下是英文原文。",
	},
}

// languageCookie keeps the language that a reader chose.
const languageCookie = "holdfast_language"

// choose answers a request that chooses a language (?lang=), by a cookie and the page in that language.
func choose(w http.ResponseWriter, r *http.Request) bool {
	query := r.URL.Query()
	lang := query.Get("lang")
	if _, known := wordsOfFrames[lang]; !known {
		return false
	}
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: lang, Path: "/", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
	})
	query.Del("lang")
	moveTo(w, inLanguage(r.URL.Path, lang), query.Encode())
	return true
}

// moveTo sends the reader to another page for this time.
func moveTo(w http.ResponseWriter, at, query string) {
	if query != "" {
		at += "?" + query
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", at)
	w.WriteHeader(http.StatusSeeOther)
}

// Preferred is the language of a reader, "en" or "zh-CN": the chosen one, otherwise the one of ours that the browser
// likes best.
func Preferred(r *http.Request) string {
	if c, err := r.Cookie(languageCookie); err == nil && wordsOfFrames[c.Value].Pages != "" {
		return c.Value
	}
	best, weight := english, 0.0
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if text, has := strings.CutPrefix(strings.TrimSpace(parameters), "q="); has {
			q, _ = strconv.ParseFloat(text, 64) // 0 for what is no number: such a language is not wanted
		}
		tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
		if i := slices.Index([]string{"en", "zh"}, tag); i >= 0 && q > weight {
			best, weight = []string{english, chinese}[i], q
		}
	}
	return best
}
