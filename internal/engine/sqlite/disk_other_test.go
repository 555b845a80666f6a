//go:build unix && !linux

package sqlite_test

import "testing"

// smallDisk returns "": there is no small file system to be had here.
func smallDisk(t *testing.T) string {
	t.Helper()
	return ""
}

// readOnly is never called: there is no small disk.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	t.Fatalf("%s cannot be made read-only", dir)
}
