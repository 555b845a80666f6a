package server

import (
	"testing"

	"holdfast.dev/holdfast/api"
)

// TestEveryOperationIsInTheTableOfRoles: an operation that is not is an admin's alone, which
// nobody may have meant.
func TestEveryOperationIsInTheTableOfRoles(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"ImportFile": true, "ListImports": true, "GetImport": true, "GetImportResult": true, "ExportFile": true}
	for md := range definitions(api.Services()) {
		known[string(md.Name())] = true
	}
	for name := range known {
		if byRole[name].title == "" {
			t.Errorf("%s: which roles may call it? Write it into byRole, and into the table of docs/guide/console-access.md", name)
		}
	}
	for name := range byRole {
		if !known[name] {
			t.Errorf("%s is no operation", name)
		}
	}
}
