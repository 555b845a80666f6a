package server

import (
	"strings"

	"holdfast.dev/holdfast/internal/server/kit"
)

// dryRunName is the query parameter of REST calls, and the metadata of gRPC calls, that asks for a
// dry run.
const dryRunName = "dry_run"

// The headers and metadata by which a caller may mean dryRunName.
var (
	dryRunHeaders  = []string{"Dry-Run", "Dry_run", "X-Dry-Run"}
	dryRunMetadata = []string{"dry-run", dryRunName + "-bin"}
)

// dryRun marks a call that is decided and not stored, or refuses it: no other call may be carried
// out for a caller who wants a dry run.
func dryRun(c *kit.Call, asked value, misnamed bool) error {
	switch {
	case misnamed:
		return kit.Invalid(dryRunName, "is a query parameter, or metadata of a gRPC call, of this name")
	case !asked.there:
		return nil
	case asked.twice:
		return kit.Invalid(dryRunName, "is there twice")
	case asked.text != "true" && asked.text != "false":
		return kit.Invalid(dryRunName, "must be true or false")
	case !c.Method.Rule.GetDryRun():
		return kit.Invalid(dryRunName, "cannot be given with %s, which has no dry run", c.Method.Name)
	}
	c.Dry = asked.text == "true"
	return nil
}

// takeDryRun takes dry_run out of a query: it is no part of a request.
func takeDryRun(query string) (rest string, asked value) {
	if !strings.Contains(query, dryRunName) {
		return query, value{}
	}
	var others []string
	seen := 0
	for pair := range strings.SplitSeq(query, "&") {
		name, text, _ := strings.Cut(pair, "=")
		if name != dryRunName {
			others = append(others, pair)
			continue
		}
		seen++
		asked = value{text: text, there: true, twice: seen > 1}
	}
	return strings.Join(others, "&"), asked
}
