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
	In        string // the language of the frame, when the address does not say it
	Query     string // what was searched
	Twin      string // where its Markdown is, if it has one
	Body      HTML
	Lang      string // of the body, when it is not that of the frame
	Parts     []link // of the page, for the list of pages
	Tries     bool   // it has forms that send calls
}

// navigation is the list of all pages, for each language.
type navigation map[string][]section

// layout puts a page into the common frame.
func layout(f frame, nav navigation) []byte {
	lang := f.In
	if lang == "" {
		lang = language(f.At)
	}
	words := wordsOfFrames[lang]
	var links builder
	for _, s := range nav[lang] {
		links.add("<h2>%s</h2>\n<ul>\n", s.Title)
		for _, l := range s.Links {
			var here HTML
			if l.At == f.At {
				here = ` aria-current="page"`
			}
			links.add(`<li><a href="%s" lang="%s"%s>%s</a>`, l.At, l.Lang, here, l.Title)
			if here != "" && len(f.Parts) > 0 {
				links.parts(f.Parts)
			}
			links.add("</li>\n")
		}
		links.add("</ul>\n")
	}
	var head HTML
	if f.Twin != "" {
		head = Markup(`<link rel="alternate" type="text/markdown" href="%s">`+"\n", f.Twin)
	}
	if f.Tries {
		head += tryTag
	}
	body := f.Body
	if f.Lang != "" && f.Lang != lang {
		body = Markup(`<p class="untranslated">%s</p>`+"\n"+`<div lang="%s">`+"\n%s\n</div>", words.Untranslated, f.Lang, body)
	}
	return []byte(Markup(layoutForm, lang, f.Title, head, words.Skip, words.Pages,
		inLanguage(searchPath, lang), f.Query, words.Search, words.Search, languages(f.At, lang), links.html(), body))
}

// parts lists the parts of the page that is shown.
func (b *builder) parts(parts []link) {
	b.add("\n<ul>\n")
	for _, p := range parts {
		b.add(`<li><a href="%s" lang="%s">%s</a></li>`+"\n", p.At, p.Lang, p.Title)
	}
	b.add("</ul>\n")
}

// languages links a page, whose frame is in a language, with itself in the other.
func languages(at, in string) HTML {
	if !strings.HasPrefix(at, Root) {
		at = Root
	}
	var b builder
	b.add(`<p class="languages">`)
	for i, l := range []struct{ lang, name string }{{english, "English"}, {chinese, "中文"}} {
		if i > 0 {
			b.add(" · ")
		}
		if l.lang == in {
			b.add(`<span lang="%s" aria-current="true">%s</span>`, l.lang, l.name)
			continue
		}
		b.add(`<a href="%s?lang=%s" hreflang="%s" lang="%s">%s</a>`, inLanguage(at, l.lang), l.lang, l.lang, l.lang, l.name)
	}
	b.add("</p>\n")
	return b.html()
}

// folders have a section of the navigation each.
var folders = []string{"guide", "guide/doors", "operations", "protocol", "errors", "adr"}

// navigationOf lists the pages by folder: first in the order in which the folder's first page names them, then the
// others. A page without a twin is listed in each language.
func navigationOf(documents []*document) navigation {
	twins := map[string]*document{}
	var originals []*document
	for _, d := range documents {
		if language(d.at) == english {
			originals = append(originals, d)
		} else {
			twins[d.at] = d
		}
	}
	nav := navigation{}
	for lang, words := range wordsOfFrames {
		in := func(d *document) link {
			at := inLanguage(d.at, lang)
			if twin := twins[at]; twin != nil {
				return link{Title: twin.title, At: at, Lang: lang}
			}
			return link{Title: d.title, At: at, Lang: english}
		}
		top := section{Title: words.Sections[""]}
		for _, d := range originals {
			if path.Dir(d.file) != "." {
				continue
			}
			l := in(d)
			if d.at == Root {
				l.Title, l.Lang = words.Start, lang
				top.Links = slices.Insert(top.Links, 0, l)
				continue
			}
			top.Links = append(top.Links, l)
		}
		top.Links = slices.Insert(top.Links, min(1, len(top.Links)), link{Title: referenceTitle, At: inLanguage(referencePath, lang), Lang: english})
		nav[lang] = []section{top}
		for _, folder := range folders {
			s := section{Title: words.Sections[folder]}
			for _, d := range ordered(originals, "docs/"+folder) {
				s.Links = append(s.Links, in(d))
			}
			if len(s.Links) > 0 {
				nav[lang] = append(nav[lang], s)
			}
		}
	}
	return nav
}

// ordered are the pages of a folder in the order in which its first page names them.
func ordered(documents []*document, folder string) []*document {
	inside := slices.DeleteFunc(slices.Clone(documents), func(d *document) bool { return path.Dir(d.file) != folder })
	var order []string
	for _, d := range inside {
		if strings.HasSuffix(d.at, "/") {
			order = append([]string{d.at}, d.links...)
		}
	}
	slices.SortStableFunc(inside, func(a, b *document) int { return place(order, a.at) - place(order, b.at) })
	return inside
}

func place(order []string, at string) int {
	if i := slices.Index(order, at); i >= 0 {
		return i
	}
	return len(order)
}
