package server_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
)

// The examples of the protocol page do what the page says.
func TestExamplesOfTheProtocolPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/protocol/api.md")
	if err != nil {
		t.Fatal(err)
	}
	h := start(t)
	blocks := strings.Split(string(page), "```")
	var request string
	played := 0
	for i := 1; i < len(blocks); i += 2 {
		kind, text, _ := strings.Cut(blocks[i], "\n")
		switch {
		case kind == "http":
			request = text
		case strings.HasPrefix(kind, "json "):
			status, err := strconv.Atoi(strings.TrimPrefix(kind, "json "))
			if err != nil {
				t.Fatalf("block %q: %v", kind, err)
			}
			h.example(t, request, status, text)
			played++
		}
	}
	if played < 6 {
		t.Errorf("%d examples were played: the page is not read right", played)
	}
}

func (h *house) example(t *testing.T, request string, status int, want string) {
	t.Helper()
	head, body, _ := strings.Cut(request, "\n\n")
	lines := strings.Split(head, "\n")
	verb, path, _ := strings.Cut(lines[0], " ")
	var headers []string
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		headers = append(headers, name, value)
	}
	a := h.call(t, "admin", verb, path, strings.TrimSpace(body), headers...)
	var wanted any
	d := json.NewDecoder(bytes.NewReader([]byte(want)))
	d.UseNumber()
	if err := d.Decode(&wanted); err != nil {
		t.Fatalf("%s: the example's answer: %v", lines[0], err)
	}
	if a.status != status || !within(wanted, a.body) {
		t.Errorf("%s\nanswered %d %s\nthe page says %d %s", lines[0], a.status, a.raw, status, want)
	}
}

// within says that everything in want is in got; got may have more members.
func within(want, got any) bool {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		for k, v := range w {
			if !ok || !within(v, g[k]) {
				return false
			}
		}
		return ok
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			if !within(w[i], g[i]) {
				return false
			}
		}
		return true
	default:
		return want == got
	}
}
