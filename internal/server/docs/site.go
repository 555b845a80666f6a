// Package docs shows the documents of the repository and the OpenAPI document
// as web pages. They are plain HTML with one style sheet, no script, and a
// search that the server answers. Nothing comes from elsewhere, so they can be
// read where there is no internet. The server decides about the address of the
// site.
package docs

import (
	_ "embed"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
)

// Root is the path of the site.
const Root = "/docs/"

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
	pages    map[string]page
	nav      []section
	passages []passage
}

// page is an answer.
type page struct {
	kind string
	body []byte
	move string // another path to go to, instead of a body
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

// address is the address of a repository file on the server: README.md is the page
// of its folder, pages lose their ending, the folder docs is the root.
func address(file string) string {
	file = strings.TrimPrefix(file, "docs/")
	if path.Base(file) == "README.md" {
		return Root + strings.TrimSuffix(file, "README.md")
	}
	return Root + strings.TrimSuffix(file, ".md")
}

// Paths lists all paths of the site.
func (s *Site) Paths() []string {
	paths := []string{strings.TrimSuffix(Root, "/"), Root + "api", Root + "search", Root + "style.css"}
	for _, at := range s.where {
		paths = append(paths, at)
		if at != Root && strings.HasSuffix(at, "/") {
			paths = append(paths, strings.TrimSuffix(at, "/"))
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
	if r.URL.Path == searchPath {
		all.search(w, r)
		return
	}
	p, ok := all.pages[r.URL.Path]
	switch {
	case !ok:
		http.NotFound(w, r)
		return
	case p.move != "":
		http.Redirect(w, r, p.move, http.StatusPermanentRedirect)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	p.write(w)
}

// Show answers with a page that is made at this moment, in the common frame. Browsers do not cache it.
func (s *Site) Show(w http.ResponseWriter, title string, body HTML) {
	all, err := s.render()
	if err != nil {
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	all.show(w, frame{Title: title, At: "/", Body: body})
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
		strings.TrimSuffix(Root, "/"): {move: Root},
		Root + "style.css":            {kind: "text/css; charset=utf-8", body: style},
	}
	documents, err := s.documents()
	if err != nil {
		return nil, err
	}
	all := &rendered{pages: pages, nav: navigation(documents)}
	for _, d := range documents {
		body := layout(frame{Title: d.title, At: d.at, Body: HTML(d.html)}, all.nav) // made from our own files
		pages[d.at] = page{kind: typeHTML, body: body}
		if d.at != Root && strings.HasSuffix(d.at, "/") {
			pages[strings.TrimSuffix(d.at, "/")] = page{move: d.at}
		}
		all.passages = append(all.passages, d.passages...)
	}
	body, passages, err := reference(s.openapi)
	if err != nil {
		return nil, fmt.Errorf("page of the OpenAPI document: %w", err)
	}
	pages[Root+"api"] = page{kind: typeHTML, body: layout(frame{Title: referenceTitle, At: Root + "api", Body: body}, all.nav)}
	all.passages = append(all.passages, passages...)
	return all, s.assets(pages)
}

// assets adds the files that are not pages.
func (s *Site) assets(pages map[string]page) error {
	for file, at := range s.where {
		var kind string
		switch path.Ext(file) {
		case ".md":
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
