//go:build !linux && !darwin

package main

import (
	"errors"
	"os"
)

// mayWrite says why this user may not write the file, nil when he may. A
// folder is not tried.
func mayWrite(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

func diskOf(string) (free uint64, kind string, err error) { return 0, "", errors.ErrUnsupported }

func roomOf(string) (free, all uint64, err error) { return 0, 0, errors.ErrUnsupported }

func mostDescriptors() (uint64, error) { return 0, errors.ErrUnsupported }

func clockSynced() (bool, error) { return false, errors.ErrUnsupported }
