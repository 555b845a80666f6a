//go:build !unix

package sqlite

// inUse reports whether another process has a lock on the file, which cannot be asked
// here.
func inUse(string) (bool, error) { return false, nil }
