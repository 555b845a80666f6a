package dbtest

import (
	"os"
	"os/user"
	"runtime"
)

// Folder makes a folder in which a test binary starts programs of its own. end kills
// the programs that work there and removes it; on Linux that happens as well when this
// process ends without it, by a timeout or kill -9.
func Folder(name string) (dir string, end func() error, err error) {
	if runtime.GOOS != "linux" {
		dir, err = os.MkdirTemp("", "holdfast-"+name+"-")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	me, err := user.Current()
	if err != nil {
		return "", nil, err
	}
	s, err := newScratch(name, me.Username)
	if err != nil {
		return "", nil, err
	}
	return s.dir, s.end, nil
}
