// Package holdfast holds the documents of the repository, so that the server
// can show them (/docs). They are embedded here and not deeper because a
// package can embed only files below its folder, and the README is at the top.
// How they are shown is left to the server.
package holdfast

import "embed"

// Documents are the Markdown pages, their pictures and the table of words, under the
// paths they have in the repository.
//
//go:embed *.md LICENSE NOTICE docs/words.tsv docs/*/*.md docs/*/*/*.md docs/*/*/*/*.md docs/*.svg docs/*/*.svg docs/pictures docs/protocol/*.schema.json
var Documents embed.FS
