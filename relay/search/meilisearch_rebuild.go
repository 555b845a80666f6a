package search

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// mostIndexes is how many indexes are looked through.
const mostIndexes = "1000"

// begin makes an index. Without a live one it also makes that, because a swap needs
// both.
func (m *meili) begin(ctx context.Context, index, beside string) error {
	var all struct {
		Results []struct{ UID string }
	}
	if err := m.call(ctx, http.MethodGet, "/indexes?limit="+mostIndexes, nil, &all); err != nil {
		return err
	}
	var names []string
	for _, one := range all.Results {
		names = append(names, one.UID)
	}
	old, there := leftovers(names, index, beside)
	for _, name := range old {
		if err := m.run(ctx, http.MethodDelete, indexes+url.PathEscape(name), nil); err != nil {
			return err
		}
	}
	if !there {
		if err := m.make(ctx, index); err != nil {
			return err
		}
	}
	if err := m.make(ctx, beside); err != nil {
		return err
	}
	settings, err := m.send(ctx, http.MethodGet, indexes+url.PathEscape(index)+"/settings", nil)
	if err != nil {
		return err
	}
	return m.run(ctx, http.MethodPatch, indexes+url.PathEscape(beside)+"/settings", settings)
}

// make makes an index, and empties an existing one.
func (m *meili) make(ctx context.Context, index string) error {
	err := m.run(ctx, http.MethodPost, "/indexes", object(map[string]any{"uid": index, "primaryKey": m.key}))
	if err == nil {
		return nil
	}
	// It may exist: from an earlier attempt, or because a change has made it.
	if missing := m.call(ctx, http.MethodGet, indexes+url.PathEscape(index), nil, nil); missing != nil {
		return fmt.Errorf("make the index %s: %w", index, err)
	}
	return nil
}

// swap swaps the two, atomically.
func (m *meili) swap(ctx context.Context, index, beside string) error {
	pairs, err := json.Marshal([]map[string]any{{"indexes": []string{index, beside}}})
	if err != nil {
		return fmt.Errorf("write the swap: %w", err)
	}
	if err := m.run(ctx, http.MethodPost, "/swap-indexes", pairs); err != nil {
		return err
	}
	return m.run(ctx, http.MethodDelete, indexes+url.PathEscape(beside), nil)
}

// object writes a JSON object of fields that can always be encoded.
func object(fields map[string]any) []byte {
	b, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return b
}
