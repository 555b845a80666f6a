package docs_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"holdfast.dev/holdfast"
	"holdfast.dev/holdfast/api"
	"holdfast.dev/holdfast/internal/server/docs"
)

func bilingual(t *testing.T) *docs.Site {
	t.Helper()
	return site(t, fstest.MapFS{
		"README.md":            {Data: []byte("# Top\n\n[中文](README.zh-CN.md) [guide](docs/guide/README.md) [a](docs/guide/a.md)\n")},
		"README.zh-CN.md":      {Data: []byte("# 首页\n\n[English](README.md) [甲](docs/zh/guide/a.md) [乙](docs/guide/b.md#b)\n")},
		"docs/guide/README.md": {Data: []byte("# Guide\n")},
		"docs/guide/a.md":      {Data: []byte("# A\n")},
		"docs/guide/b.md":      {Data: []byte("# B\n")},
		"docs/zh/guide/a.md":   {Data: []byte("# 甲\n")},
	})
}

func TestEachPageIsThereInBothLanguages(t *testing.T) {
	t.Parallel()
	s := bilingual(t)
	const missing = "本页还没有中文版"
	for _, c := range []struct{ name, at, has, hasNot string }{
		{"an English page links its twin", "/docs/guide/a", `<a href="/docs/zh/guide/a?lang=zh-CN"`, missing},
		{"and the twin links it", "/docs/zh/guide/a", `<a href="/docs/guide/a?lang=en"`, missing},
		{"the twin is Chinese", "/docs/zh/guide/a", `<html lang="zh-CN">`, `<div lang="en">`},
		{"a page without a twin says so", "/docs/zh/guide/b", missing, ""},
		{"and is shown in English", "/docs/zh/guide/b", `<div lang="en">`, ""},
		{"the reference too", "/docs/zh/api", missing, ""},
		{"its English address says nothing", "/docs/guide/b", `<h1 id="b">`, missing},
		{"a link between Chinese pages stays in Chinese", "/docs/zh/", `<a href="/docs/zh/guide/a">甲</a>`, ""},
		{"so does one to a page without a twin", "/docs/zh/", `<a href="/docs/zh/guide/b#b">乙</a>`, ""},
		{"a link in a page to its own twin chooses the language", "/docs/zh/", `<a href="/docs/?lang=en">English</a>`, ""},
		{"in English as well", "/docs/", `<a href="/docs/zh/?lang=zh-CN">中文</a>`, ""},
		{"the list of pages has the Chinese titles", "/docs/zh/guide/b", `<a href="/docs/zh/guide/a" lang="zh-CN">甲</a>`, ">A</a>"},
		{"and the others in English", "/docs/zh/guide/a", `<a href="/docs/zh/guide/b" lang="en">B</a>`, ""},
		{"the search stays in Chinese", "/docs/zh/guide/a", `action="/docs/zh/search"`, ""},
		{"in English it does not", "/docs/guide/a", `action="/docs/search"`, ""},
		{"its page is in Chinese", "/docs/zh/search?q=zzzzz", "没有页面包含“zzzzz”中的词", "No page has"},
		{"and its field", "/docs/zh/guide/a", `placeholder="搜索"`, `placeholder="Search"`},
		{"the search has both languages", "/docs/zh/search", `<a href="/docs/search?lang=en"`, ""},
	} {
		if page := body(t, s, c.at); !strings.Contains(page, c.has) || c.hasNot != "" && strings.Contains(page, c.hasNot) {
			t.Errorf("%s: %s: want %q and not %q:\n%s", c.name, c.at, c.has, c.hasNot, page)
		}
	}
}

func TestReadersGetTheirLanguage(t *testing.T) {
	t.Parallel()
	s := bilingual(t)
	const choice = "holdfast_language="
	for _, c := range []struct {
		name, at, accept, cookie string
		to                       string // "": the page is shown
	}{
		{name: "a program", at: "/docs/guide/a"},
		{name: "a browser in English", at: "/docs/guide/a", accept: "en-GB,en;q=0.9,zh;q=0.5"},
		{name: "a browser in Chinese", at: "/docs/guide/a", accept: "zh-CN,zh;q=0.9,en;q=0.8", to: "/docs/zh/guide/a"},
		{name: "in Chinese before English", at: "/docs/guide/a", accept: "fr, en;q=0.5, zh-TW;q=0.7", to: "/docs/zh/guide/a"},
		{name: "another language", at: "/docs/guide/a", accept: "fr"},
		{name: "Chinese is not wanted", at: "/docs/guide/a", accept: "zh;q=0"},
		{name: "a header that is no list of languages", at: "/docs/guide/a", accept: ";;,q=,zh;q=x"},
		{name: "a page without a twin", at: "/docs/guide/b", accept: "zh", to: "/docs/zh/guide/b"},
		{name: "a search keeps its words", at: "/docs/search?q=a+b", accept: "zh", to: "/docs/zh/search?q=a+b"},
		{name: "the choice counts before the browser", at: "/docs/guide/a", accept: "zh", cookie: choice + "en"},
		{name: "in both directions", at: "/docs/guide/a", accept: "en", cookie: choice + "zh-CN", to: "/docs/zh/guide/a"},
		{name: "a choice that is none", at: "/docs/guide/a", cookie: choice + "xx"},
		{name: "a Chinese address is Chinese for all", at: "/docs/zh/guide/a", accept: "en", cookie: choice + "en"},
		{name: "the style has no language", at: "/docs/style.css", accept: "zh"},
	} {
		r := httptest.NewRequest(http.MethodGet, c.at, nil)
		r.Header.Set("Accept-Language", c.accept)
		r.Header.Set("Cookie", c.cookie)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		want := http.StatusOK
		if c.to != "" {
			want = http.StatusSeeOther
		}
		if w.Code != want || w.Header().Get("Location") != c.to {
			t.Errorf("%s: %d to %q, want %d to %q", c.name, w.Code, w.Header().Get("Location"), want, c.to)
		}
		if !strings.Contains(c.at, "style") && !slices.Contains(w.Header().Values("Vary"), "Accept-Language, Cookie") {
			t.Errorf("%s: a cache may give the page to readers of another language", c.name)
		}
	}
}

func TestAChoiceOfLanguageIsKept(t *testing.T) {
	t.Parallel()
	res := get(bilingual(t), "/docs/zh/search?lang=en&q=a")
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/docs/search?q=a" {
		t.Errorf("%d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if c := res.Cookies(); len(c) != 1 || c[0].Value != "en" || c[0].Path != "/" || !c[0].HttpOnly || c[0].SameSite != http.SameSiteLaxMode {
		t.Errorf("the cookie is %v", c)
	}
	if res := get(bilingual(t), "/docs/guide/a?lang=fr"); res.StatusCode != http.StatusOK || len(res.Cookies()) != 0 {
		t.Errorf("a language that is none of ours: %d", res.StatusCode)
	}
}

func TestAChinesePageHasAnEnglishOne(t *testing.T) {
	t.Parallel()
	s, err := docs.New(fstest.MapFS{
		"README.md":          {Data: []byte("# Top\n")},
		"docs/zh/guide/c.md": {Data: []byte("# 丙\n")},
	}, api.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), "docs/zh/guide/c.md") {
		t.Errorf("got %v", err)
	}
}

// The doors are there in both languages.
func TestEachDoorHasATwin(t *testing.T) {
	t.Parallel()
	s := site(t, holdfast.Documents)
	for _, door := range []string{"go-service", "restaurant-chain", "redis-preallocation"} {
		if page := body(t, s, "/docs/zh/guide/doors/"+door); strings.Contains(page, `<div lang="en">`) {
			t.Errorf("%s is there in English only", door)
		}
	}
}
