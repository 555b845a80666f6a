// Package docs shows the documents of the repository and the OpenAPI document
// as web pages. They are plain HTML with one style sheet and a search that the
// server answers; only the API reference has a script, for its forms. Nothing comes from elsewhere, so they can be
// read where there is no internet. The server decides about the address of the
// site.
package docs

import (
	_ "embed"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed style.css
var style []byte

// Site is the documents as web pages. It is safe for concurrent use.
type Site struct {
	files   fs.FS
	openapi []byte
	where   map[string]string // file in the repository -> path on the server
	render  func() (*rendered, error)
}

// rendered is the rendered site.
type rendered struct {
	pages map[string]page
	nav   navigation
	index *index
}

// page is an answer.
type page struct {
	kind  string
	body  []byte
	frame *frame // instead of a body: it is laid out when somebody reads it
	move  string // another path to go to, instead of both
	twin  string // the path of its Markdown
}

// New returns the site of the files, which have the paths that they have in the
// repository, and of the OpenAPI document. It renders nothing yet.
func New(files fs.FS, openapi []byte) (*Site, error) {
	s := &Site{files: files, openapi: openapi, where: map[string]string{}}
	err := fs.WalkDir(files, ".", func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			s.where[file] = address(file)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the documents: %w", err)
	}
	s.render = sync.OnceValues(s.renderAll)
	return s, nil
}

// Paths lists all paths of the site.
func (s *Site) Paths() []string {
	paths := slices.AppendSeq([]string{llmsPath, tryPath, Root + "style.css"}, maps.Keys(moved))
	both := func(at string) {
		for lang := range wordsOfFrames {
			at := inLanguage(at, lang)
			paths = append(paths, at)
			if strings.HasSuffix(at, "/") {
				paths = append(paths, strings.TrimSuffix(at, "/"))
			}
		}
	}
	both(referencePath)
	both(searchPath)
	for file, at := range s.where {
		if path.Ext(file) == ".md" {
			paths = append(paths, twinAddress(file))
		}
		switch {
		case file == wordTable: // is read by the search
		case path.Ext(file) != ".md":
			paths = append(paths, at)
		case language(at) == english:
			both(at)
		}
	}
	slices.Sort(paths)
	return paths
}

// policy lets a page load the site's own style and pictures, and nothing else.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// ServeHTTP answers GET and HEAD for the paths of the site.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	all, err := s.render()
	if err != nil {
		http.Error(w, "the documents cannot be shown", http.StatusInternalServerError)
		return
	}
	at := r.URL.Path
	p, ok := all.pages[at]
	searched := inLanguage(at, english) == searchPath
	switch {
	case !ok && !searched:
		http.NotFound(w, r)
		return
	case p.move != "":
		http.Redirect(w, r, p.move, http.StatusPermanentRedirect)
		return
	case p.twin != "":
		w.Header().Add("Vary", "Accept")
		if wantsMarkdown(r) {
			p = all.pages[p.twin]
		}
	}
	if p.frame != nil || searched {
		w.Header()["Vary"] = append(w.Header()["Vary"], "Accept-Language, Cookie")
		if choose(w, r) {
			return
		}
		if lang := Preferred(r); lang != english && language(at) == english {
			moveTo(w, inLanguage(at, lang), r.URL.RawQuery)
			return
		}
	}
	if searched {
		all.search(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	if p.frame != nil {
		p.body = layout(*p.frame, all.nav)
	}
	p.write(w)
}

// Show answers with a page that is made at this moment, in the common frame of a language. Browsers do not cache it.
func (s *Site) Show(w http.ResponseWriter, lang, title string, body HTML) {
	all, err := s.render()
	if err != nil {
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	all.show(w, frame{Title: title, At: "/", In: lang, Body: body})
}

func (all *rendered) show(w http.ResponseWriter, f frame) {
	w.Header().Set("Cache-Control", "no-store")
	page{kind: typeHTML, body: layout(f, all.nav)}.write(w)
}

const typeHTML = "text/html; charset=utf-8"

func (p page) write(w http.ResponseWriter) {
	head := w.Header()
	head.Set("Content-Type", p.kind)
	head.Set("Content-Security-Policy", policy)
	if p.frame != nil && p.frame.Tries {
		head.Set("Content-Security-Policy", tryPolicy)
	}
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write(p.body) // an error means that the reader is gone
}

// Check renders everything and returns what is wrong with it.
func (s *Site) Check() error {
	_, err := s.render()
	return err
}

// renderAll renders the site.
func (s *Site) renderAll() (*rendered, error) {
	pages := map[string]page{
		Root + "style.css": {kind: "text/css; charset=utf-8", body: style},
		tryPath:            {kind: "text/javascript; charset=utf-8", body: tryScript},
	}
	for from, to := range moved {
		pages[from] = page{move: to}
	}
	documents, err := s.documents()
	if err != nil {
		return nil, err
	}
	all := &rendered{pages: pages, nav: navigationOf(documents)}
	described, calls, passages, err := reference(s.openapi)
	if err != nil {
		return nil, fmt.Errorf("page of the OpenAPI document: %w", err)
	}
	all.add(described)
	// The twins come last, because they replace the English pages in the Chinese frame.
	slices.SortStableFunc(documents, func(a, b *document) int { return strings.Compare(language(a.at), language(b.at)) })
	for _, d := range documents {
		if language(d.at) != english && !all.has(inLanguage(d.at, english)) {
			return nil, fmt.Errorf("page %s: there is no English one", d.file)
		}
		to := twinAddress(d.file)
		more, moreOfTwin := d.answering(calls)
		all.add(frame{Title: d.title, At: d.at, Twin: to, Body: HTML(d.html) + more}) // made from our own files
		pages[to] = page{kind: typeMarkdown, body: append(twin(d.source, d.file, s.where), moreOfTwin...)}
		passages = append(passages, d.passages...)
	}
	pages[llmsPath] = page{kind: "text/plain; charset=utf-8", body: llms(documents, all.nav[english])}
	words, err := synonymsIn(s.files)
	if err != nil {
		return nil, err
	}
	all.index = newIndex(passages, words)
	return all, s.assets(pages)
}

func (all *rendered) has(at string) bool {
	_, there := all.pages[at]
	return there
}

// add adds a page, an English one also to the Chinese pages.
func (all *rendered) add(f frame) {
	f.Lang = language(f.At)
	for lang := range wordsOfFrames {
		if f.Lang != english && lang == english {
			continue
		}
		f := f
		f.At = inLanguage(f.At, lang)
		all.pages[f.At] = page{kind: typeHTML, frame: &f, twin: f.Twin}
		if short, is := strings.CutSuffix(f.At, "/"); is {
			all.pages[short] = page{move: f.At}
		}
	}
}

// assets adds the files that are not pages.
func (s *Site) assets(pages map[string]page) error {
	for file, at := range s.where {
		var kind string
		switch path.Ext(file) {
		case ".md", ".tsv":
			continue
		case ".svg":
			kind = "image/svg+xml"
		case ".webp":
			kind = "image/webp"
		case ".json":
			kind = "application/schema+json"
		case "":
			kind = "text/plain; charset=utf-8"
		default:
			return fmt.Errorf("document %s: no page, no picture, no text", file)
		}
		body, err := fs.ReadFile(s.files, file)
		if err != nil {
			return err
		}
		pages[at] = page{kind: kind, body: body}
	}
	return nil
}
