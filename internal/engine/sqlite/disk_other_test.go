//go:build !linux

package sqlite_test

import "testing"

// smallDisk returns "": there is no small file system to be had here.
func smallDisk(t *testing.T) string {
	t.Helper()
	return ""
}
