package search

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"holdfast.dev/holdfast/relay"
)

const aliases = "/aliases/"

// aliasTarget is the collection that an alias stands for.
func (t *typesenseIndex) aliasTarget(ctx context.Context, alias string) (string, error) {
	var is struct {
		Collection string `json:"collection_name"`
	}
	err := t.call(ctx, http.MethodGet, aliases+url.PathEscape(alias), nil, &is)
	if errors.Is(err, errMissing) {
		return "", relay.Down(fmt.Errorf("%s is no alias: a rebuild puts another collection behind an alias; make one, and have the sink name it", alias))
	}
	return is.Collection, err
}

// begin makes a collection with the schema of the live one.
func (t *typesenseIndex) begin(ctx context.Context, index, beside string) error {
	live, err := t.aliasTarget(ctx, index)
	if err != nil {
		return err
	}
	var all []struct{ Name string }
	if err := t.call(ctx, http.MethodGet, "/collections", nil, &all); err != nil {
		return err
	}
	var names []string
	for _, one := range all {
		names = append(names, one.Name)
	}
	old, _ := leftovers(names, index, "")
	for _, name := range old {
		if name == live {
			continue
		}
		if err := t.call(ctx, http.MethodDelete, collections+url.PathEscape(name), nil, nil); err != nil {
			return err
		}
	}
	schema := map[string]any{}
	if err := t.call(ctx, http.MethodGet, collections+url.PathEscape(live), nil, &schema); err != nil {
		return err
	}
	for name := range schema { // figures are no part of it
		if slices.Contains([]string{"created_at", "num_documents", "num_memory_shards"}, name) {
			delete(schema, name)
		}
	}
	schema["name"] = beside
	return t.call(ctx, http.MethodPost, "/collections", object(schema), nil)
}

// swap points the alias at the new collection.
func (t *typesenseIndex) swap(ctx context.Context, index, beside string) error {
	live, err := t.aliasTarget(ctx, index)
	if err != nil {
		return err
	}
	if live == beside {
		return nil
	}
	if err := t.call(ctx, http.MethodPut, aliases+url.PathEscape(index), object(map[string]any{"collection_name": beside}), nil); err != nil {
		return err
	}
	return t.call(ctx, http.MethodDelete, collections+url.PathEscape(live), nil, nil)
}
