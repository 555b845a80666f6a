// Package console serves the built web app of the console: one page for all addresses below Root, and the
// files that it loads. Each page has a policy of its own, by which the browser loads nothing from
// elsewhere. The sign-in and the app's API calls are left to the server.
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

// Root is the path of the app.
const Root = "/console/"

// index is the page of the app. assets is the folder of files with a hash of their content in their names:
// they never change.
const (
	index  = "index.html"
	assets = "assets/"
)

// Site is the built app. It is safe for concurrent use.
type Site struct {
	page  *page // nil: it is not built
	files map[string]file
}

// New returns the site of a build's files. Without index.html it serves a page that explains how to build the
// app. It returns an error when index.html lacks one of the marks that are filled in for each
// answer.
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

// Serve answers GET and HEAD for a path below Root. prefix is the part that a proxy has removed from the start
// of the path, such as /stock. When there is nothing at the path, it returns false and writes
// nothing.
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

// isName reports whether the part after Root can be an address of the app.
func isName(name string) bool {
	name = strings.TrimSuffix(name, "/")
	return name == "" || fs.ValidPath(name) && name != "."
}

// isFile reports whether only a file can have the name. Ids in addresses of the app may have dots too, but are
// never at the top level.
func isFile(name string) bool {
	return strings.HasPrefix(name, assets) || name+"/" == assets || !strings.Contains(name, "/") && strings.Contains(name, ".")
}

// policy lets the app load its own files and call its own server, and nothing else. Workers use the policy of
// their script, so all files have it.
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

// newNonce returns an unguessable text of letters and digits.
func newNonce() string { return rand.Text() }

// tag identifies a content, for If-None-Match.
func tag(content ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(content, "\x00")))
	return hex.EncodeToString(sum[:12])
}
