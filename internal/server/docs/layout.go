package docs

import (
	_ "embed"
	"path"
	"slices"
	"strings"
)

//go:embed layout.html
var layoutForm HTML

// section is a part of the navigation.
type section struct {
	Title string
	Links []link
}

type link struct{ Title, At, Lang string }

// frame is the part of the frame that differs between pages.
type frame struct {
	Title, At string
	Query     string // what was searched
	Body      HTML
}

// layout puts a page into the common frame.
func layout(f frame, nav []section) []byte {
	var links builder
	for _, s := range nav {
		links.add("<h2>%s</h2>\n<ul>\n", s.Title)
		for _, l := range s.Links {
			var here HTML
			if l.At == f.At {
				here = ` aria-current="page"`
			}
			links.add(`<li><a href="%s" lang="%s"%s>%s</a></li>`+"\n", l.At, l.Lang, here, l.Title)
		}
		links.add("</ul>\n")
	}
	return []byte(Markup(layoutForm, language(f.At), f.Title, f.Query, links.html(), f.Body))
}

// language is the language of a page, by the name of its file.
func language(at string) string {
	if strings.HasSuffix(at, ".zh-CN") {
		return "zh-CN"
	}
	return "en"
}

// navigation lists the pages by folder: first in the order in which the folder's first page names them, then
// the others.
func navigation(documents []*document) []section {
	titles := map[string]string{"guide": "Guide", "operations": "Operations", "protocol": "On the wire", "adr": "Decisions"}
	top := section{Title: "Holdfast"}
	var others []section
	for _, folder := range []string{"guide", "operations", "protocol", "adr"} {
		inside := slices.DeleteFunc(slices.Clone(documents), func(d *document) bool { return path.Dir(d.file) != "docs/"+folder })
		others = append(others, section{Title: titles[folder], Links: ordered(inside)})
	}
	for _, d := range documents {
		if path.Dir(d.file) != "." {
			continue
		}
		l := link{Title: d.title, At: d.at, Lang: language(d.at)}
		switch d.file {
		case "README.md":
			l.Title = "Start"
		case "README.zh-CN.md":
			l.Title = "中文"
		}
		top.Links = append(top.Links, l)
	}
	slices.SortStableFunc(top.Links, func(a, b link) int { return strings.Compare(rank(a.At), rank(b.At)) })
	top.Links = slices.Insert(top.Links, min(2, len(top.Links)), link{Title: referenceTitle, At: Root + "api", Lang: "en"})
	return append([]section{top}, others...)
}

// rank puts the READMEs first.
func rank(at string) string {
	if at == Root || language(at) != "en" {
		return ""
	}
	return at
}

func ordered(inside []*document) []link {
	var order []string
	for _, d := range inside {
		if strings.HasSuffix(d.at, "/") {
			order = append([]string{d.at}, d.links...)
		}
	}
	slices.SortStableFunc(inside, func(a, b *document) int { return place(order, a.at) - place(order, b.at) })
	links := make([]link, len(inside))
	for i, d := range inside {
		links[i] = link{Title: d.title, At: d.at, Lang: language(d.at)}
	}
	return links
}

func place(order []string, at string) int {
	if i := slices.Index(order, at); i >= 0 {
		return i
	}
	return len(order)
}
