// Package store has the pages of a store, which a till serves to the phones and tablets of
// the store's own network: plain files, without a build. How they are served is the
// server's business.
package store

import (
	"embed"
	"io/fs"
)

//go:embed *.html *.css *.js
var pages embed.FS

// Files returns the pages and what they load, with index.html at the top.
func Files() fs.FS { return pages }
