// Package console serves the built web app of the console: one page for all
// addresses below Root, and the files that it loads. Each page has a policy of its
// own, by which the browser loads nothing from elsewhere.
// Signing in, and what the app asks of the API, is left to the server.
package console

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// Root is the path under which the app is served.
const Root = "/console/"

// index is the page of the app, assets the folder of files that have a hash of
// their content in their names: they never change.
const (
	index  = "index.html"
	assets = "assets/"
)

// Site is the built app. It is safe for concurrent use.
type Site struct {
	page  *page // nil: it is not built
	files map[string]file
}

// New returns the site of the files that a build left. Without index.html among them
// it serves a page that says how to build the app. It is an error when index.html
// lacks one of the marks that are filled in for each answer.
func New(files fs.FS) (*Site, error) {
	text, err := fs.ReadFile(files, index)
	if errors.Is(err, fs.ErrNotExist) {
		return &Site{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the console: %w", err)
	}
	s := &Site{files: map[string]file{}}
	if s.page, err = newPage(string(text)); err != nil {
		return nil, err
	}
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || name == index || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		at, f, err := readFile(files, name)
		if err != nil {
			return err
		}
		s.files[at] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the console: %w", err)
	}
	return s, nil
}

// Built reports whether there is an app to serve.
func (s *Site) Built() bool { return s.page != nil }

// Serve answers GET and HEAD for a path below Root. prefix is what a proxy has taken
// from the front of the path, such as /stock. It returns false, and nothing is
// written, when there is nothing at the path.
func (s *Site) Serve(w http.ResponseWriter, r *http.Request, prefix string) bool {
	name, below := strings.CutPrefix(r.URL.Path, Root)
	if !below || !isName(name) {
		return false
	}
	if f, ok := s.files[name]; ok {
		f.serve(w, r, strings.HasPrefix(name, assets))
		return true
	}
	switch {
	case isFile(name):
		return false
	case s.page == nil:
		unbuilt(w)
	default:
		s.page.serve(w, r, prefix)
	}
	return true
}

// isName reports whether what follows Root can be an address of the app.
func isName(name string) bool {
	name = strings.TrimSuffix(name, "/")
	return name == "" || fs.ValidPath(name) && name != "."
}

// isFile reports whether only a file can have the name. Ids in addresses of the app
// may have dots too, but never stand at the top.
func isFile(name string) bool {
	return strings.HasPrefix(name, assets) || name+"/" == assets || !strings.Contains(name, "/") && strings.Contains(name, ".")
}

// policy lets the app load its own files and call its own server, and nothing else.
// Workers go by the policy of their script, so it is that of all files.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'%s; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; worker-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"

// setPolicy sets the policy. Styles that the app makes while it runs need the nonce.
func setPolicy(head http.Header, nonce string) {
	if nonce != "" {
		nonce = " 'nonce-" + nonce + "'"
	}
	head.Set("Content-Security-Policy", fmt.Sprintf(policy, nonce))
	head.Set("Referrer-Policy", "no-referrer")
}

// newNonce returns what nobody can guess, in letters and digits.
func newNonce() string { return rand.Text() }

// tag names a content, for If-None-Match.
func tag(content ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(content, "\x00")))
	return hex.EncodeToString(sum[:12])
}
