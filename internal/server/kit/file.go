package kit

import "net/http"

// FileCall is a call about files at a path of plain HTTP: they may have any size.
type FileCall struct {
	Verb   string
	Method *Method
	// Do returns an answer that is written as JSON, nil when it has written the answer itself. The body and
	// the answer may take any time while they make progress.
	Do func(http.ResponseWriter, *http.Request, *Call) (any, error)
}
