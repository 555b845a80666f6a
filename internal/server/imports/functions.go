package imports

import (
	"net/http"
	"strings"

	"holdfast.dev/holdfast/internal/server/kit"
)

// Methods are the calls that are counted and timed.
func (f *Chapter) Methods() []*kit.Method {
	return []*kit.Method{f.take, f.list, f.show, f.result, f.give}
}

// Find returns the calls at a path.
func (f *Chapter) Find(path string) []kit.FileCall {
	id, under := strings.CutPrefix(path, importsPath+"/")
	id, ofResult := strings.CutSuffix(id, "/result")
	switch {
	case path == importsPath:
		return []kit.FileCall{{Verb: http.MethodPost, Method: f.take, Do: f.importFile}, {Verb: http.MethodGet, Method: f.list, Do: f.listImports}}
	case path == exportsPath:
		return []kit.FileCall{{Verb: http.MethodGet, Method: f.give, Do: f.exportFile}}
	case !under || id == "" || strings.Contains(id, "/"):
		return nil
	case ofResult:
		return []kit.FileCall{{Verb: http.MethodGet, Method: f.result, Do: f.importResult(id)}}
	}
	return []kit.FileCall{{Verb: http.MethodGet, Method: f.show, Do: f.showImport(id)}}
}
