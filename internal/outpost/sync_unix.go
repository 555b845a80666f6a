//go:build !windows

package outpost

import (
	"errors"
	"os"
)

// syncFolder makes sure that a file that was renamed in the folder stays so.
func syncFolder(folder string) error {
	d, err := os.Open(folder) //nolint:gosec // the operator names it
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
