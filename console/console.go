// Package console has the built web app of the console, which the program carries
// with it. What is served of it and how is the server's business.
package console

import (
	"embed"
	"io/fs"
)

// Without a build there is only .keep, so that the package compiles without Node.
//
//go:embed all:dist
var dist embed.FS

// Files returns the built app, with index.html at its top. Without a build it has none.
func Files() fs.FS {
	built, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is a constant
	}
	return built
}
