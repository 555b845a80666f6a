package console

import (
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// Folder is a folder of pages and the files that they load, served unchanged. It is safe for concurrent
// use.
type Folder struct {
	root  string // the path under which it is served, with a slash at both ends
	files map[string]file
}

// NewFolder returns the folder of files, served below root. A page has no ending in its
// address: kiosk.html is at kiosk, and index.html at the root itself.
func NewFolder(root string, files fs.FS) (*Folder, error) {
	f := &Folder{root: root, files: map[string]file{}}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		at, read, err := readFile(files, name)
		if err != nil {
			return err
		}
		if path.Ext(at) == ".html" {
			at = strings.TrimSuffix(strings.TrimSuffix(at, ".html"), "index")
		}
		f.files[at] = read
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the pages below %s: %w", root, err)
	}
	return f, nil
}

// Serve answers GET and HEAD for a path below the root. When there is nothing at the path, it returns false
// and writes nothing.
func (f *Folder) Serve(w http.ResponseWriter, r *http.Request) bool {
	name, below := strings.CutPrefix(r.URL.Path, f.root)
	if !below {
		return false
	}
	found, ok := f.files[name]
	if ok {
		found.serve(w, r, false)
	}
	return ok
}
