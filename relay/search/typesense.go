package search

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"holdfast.dev/holdfast/relay"
)

// typesenseIndex is the connection to a collection of Typesense, which answers for each document.
type typesenseIndex struct{ caller }

func newTypesense(to caller, key string) *typesenseIndex {
	to.header.Set("X-Typesense-Api-Key", key)
	return &typesenseIndex{to}
}

const collections = "/collections/"

// write imports documents, one a line.
func (t *typesenseIndex) write(ctx context.Context, index string, documents []document, create bool) []error {
	action := "update"
	if create {
		action = "emplace"
	}
	var body []byte
	for i := range documents {
		body = append(append(body, documents[i].body...), '\n')
	}
	answer, err := t.send(ctx, http.MethodPost, collections+url.PathEscape(index)+"/documents/import?action="+action, body)
	if err != nil {
		return relay.All(len(documents), err)
	}
	lines := bytes.Split(bytes.TrimSpace(answer), []byte{'\n'})
	if len(lines) != len(documents) {
		return relay.All(len(documents), relay.Down(fmt.Errorf("the index answered for %d of %d documents", len(lines), len(documents))))
	}
	errs := make([]error, len(documents))
	for i, line := range lines {
		errs[i] = meaningOfLine(line, create)
	}
	return errs
}

// meaningOfLine is the meaning of the answer for one document.
func meaningOfLine(line []byte, create bool) error {
	var told struct {
		Success bool
		Code    int
		Error   string
	}
	switch err := json.Unmarshal(line, &told); {
	case err != nil:
		return relay.Down(fmt.Errorf("the answer of the index is no JSON: %w", err))
	case told.Success, told.Code == http.StatusNotFound && !create:
		return nil
	case told.Code == http.StatusBadRequest, told.Code == http.StatusUnprocessableEntity, told.Code == http.StatusRequestEntityTooLarge:
		return relay.Rejected("the index answered %d: %s", told.Code, told.Error)
	}
	return relay.Down(errors.New("the index answered: " + told.Error))
}
