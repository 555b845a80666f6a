package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// The picture in the README is drawn from the figures next to it.
func TestThePictureIsThatOfTheFigures(t *testing.T) {
	t.Parallel()
	figures, err := os.Open("../bench.json")
	if err != nil {
		t.Fatal(err)
	}
	defer figures.Close()
	var drawn strings.Builder
	if err := draw(figures, &drawn); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile("../bench.svg")
	if err != nil {
		t.Fatal(err)
	}
	if drawn.String() != string(kept) {
		t.Error("docs/bench.svg is not what docs/bench.json gives; run: go run ./docs/chart < docs/bench.json > docs/bench.svg")
	}
	for d := xml.NewDecoder(strings.NewReader(drawn.String())); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the picture is no XML: %v", err)
		}
	}
}

// The tables of the READMEs have the figures, too.
func TestTheTablesAreThoseOfTheFigures(t *testing.T) {
	t.Parallel()
	figures, err := os.ReadFile("../bench.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows strings.Builder
	if err := table(strings.NewReader(string(figures)), &rows); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"README.md", "README.zh-CN.md"} {
		text, err := os.ReadFile("../../" + page)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "|\n"+rows.String()) {
			t.Errorf("%s has other rows than go run ./docs/chart table < docs/bench.json gives:\n%s", page, &rows)
		}
	}
}

func TestResultsThatCannotBeDrawn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, says string }{
		{"no JSON", "what", "read the results"},
		{"a cell is missing", `[{"name": "sqlite/hot/1/submit-vs-one-tx"}]`, "sqlite/hot/16"},
	} {
		if err := draw(strings.NewReader(c.in), io.Discard); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}
