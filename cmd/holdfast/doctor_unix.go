//go:build linux || darwin

package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// mayWrite says why this user may not read and write the file, nil when he may.
func mayWrite(path string) error { return unix.Access(path, unix.R_OK|unix.W_OK) }

// diskOf returns the room that is free at path, and what is wrong with the
// kind of file system, "" when nothing is.
func diskOf(path string) (free uint64, kind string, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, "", fmt.Errorf("look at the disk: %w", err)
	}
	return s.Bavail * uint64(s.Bsize), remote(&s), nil
}

// roomOf returns how many bytes of the disk at path are free, and how many it has.
func roomOf(path string) (free, all uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, 0, fmt.Errorf("look at the disk: %w", err)
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}

// mostDescriptors is the highest possible limit on open files. A Go program raises it by
// itself.
func mostDescriptors() (uint64, error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0, err
	}
	return limit.Max, nil
}
