// Package catalogtest gives tests of other rooms a catalog to begin with.
package catalogtest

import (
	"context"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/dbtest"
)

// File returns the path of a new SQLite file with an empty catalog.
var File = dbtest.Copies(func(path string) error {
	c, err := catalog.Open(context.Background(), path)
	if err != nil {
		return err
	}
	return c.Close()
})
