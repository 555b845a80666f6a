package stock

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// logPages returns the pages about the log, one after the other.
func logPages(t *testing.T) string {
	t.Helper()
	pages, err := filepath.Glob("../../docs/protocol/log*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("%d pages about the log, %v", len(pages), err)
	}
	var all strings.Builder
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// documented returns the bytes of the code block of docs/protocol/log-example.md that follows the
// heading. Text after a ; is for people.
func documented(t *testing.T, heading string) []byte {
	t.Helper()
	_, rest, ok := strings.Cut(logPages(t), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("log-example.md has no heading %q", heading)
	}
	_, rest, _ = strings.Cut(rest, "```\n")
	block, _, _ := strings.Cut(rest, "```\n")
	var text strings.Builder
	for line := range strings.Lines(block) {
		line, _, _ = strings.Cut(line, ";")
		text.WriteString(line)
	}
	return unhex(t, text.String())
}

func TestTheWorkedExampleIsTrue(t *testing.T) {
	t.Parallel()
	e := sampleReserve()
	e.Note.Operator = "till-3"
	b := NewRecordBuilder()
	b.Reset(sampleHead)
	if _, err := b.Add(e); err != nil {
		t.Fatal(err)
	}
	body, hash, text := b.Finish(sampleSalt)
	h := sampleHold()
	h.Lines, h.Calls = h.Lines[:1], h.Calls[:1]
	h.Calls[0].Legs = nil
	step := sampleHandover()
	for _, part := range []struct {
		heading string
		made    []byte
	}{
		{"## The record", body},
		{"## Its hash", hash[:]},
		{"## Its side text", text},
		{"## An item row", AppendItem(nil, sampleItem())},
		{"## A hold row", AppendHold(nil, h)},
		{"## A bucket row", AppendHandover(nil, &step)},
		{"## A request", Place{
			Order: OrderKey{"acme", "A-2026-00017"}, Channel: "app", TTL: 1_800_000,
			Lines: []Demand{{Item: sampleTea, Qty: 2}}, Note: Note{Reference: "web"},
		}.AppendCanonical(nil)},
	} {
		if told := documented(t, part.heading); !bytes.Equal(told, part.made) {
			t.Errorf("%s\nlog-example.md has\n%swritten is\n%s", part.heading, hexLines(told), hexLines(part.made))
		}
	}
}

func TestTheBucketsOfTheDocumentAreTrue(t *testing.T) {
	t.Parallel()
	doc := logPages(t)
	rows := 0
	for line := range strings.Lines(doc) {
		cells := strings.Split(line, "|")
		if len(cells) != 7 || !strings.Contains(cells[4], "0x") {
			continue
		}
		rows++
		word := func(i int) string {
			return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(cells[i]), "`"), "`")
		}
		got := BucketOf(word(1), word(2))
		if product := word(3); product != "" {
			got = SpreadBucketOf(word(1), word(2), product)
		}
		if got.String() != word(5) {
			t.Errorf("%s of %s: %s, the document says %s", fmt.Sprintf("%q %q", word(1), word(2)), word(3), got, word(5))
		}
	}
	if rows < 5 {
		t.Errorf("the document has %d buckets", rows)
	}
}

func TestTheDocumentNamesEveryOperationAndStage(t *testing.T) {
	t.Parallel()
	doc := logPages(t)
	const page, before, end = "../../docs/protocol/log-entry.md", "\nOperations: ", ".\n"
	_, rest, _ := strings.Cut(doc, before)
	list, _, _ := strings.Cut(rest, end)
	if made := listOfOps(); list != made && *update {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, _ := strings.Cut(string(text), before)
		_, tail, _ := strings.Cut(rest, end)
		if err := os.WriteFile(page, []byte(head+before+made+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if list != made {
		t.Errorf("log-entry.md has other operations (-update writes them):\n%s\nthere are\n%s", list, made)
	}
	for stage := range stages {
		if !strings.Contains(doc, fmt.Sprintf("\n| %d %s |", stage, stage)) {
			t.Errorf("log-moves.md does not have stage %d %s", stage, stage)
		}
	}
}

// listOfOps are the operations with their numbers, as log-entry.md has them.
func listOfOps() string {
	var shown, inner []string
	for op := OpOpen; op < Ops; op++ {
		switch word := fmt.Sprintf("%d %s", op, op); {
		case op.String() == "": // a number that is not in use
		case op.Internal():
			inner = append(inner, word)
		default:
			shown = append(shown, word)
		}
	}
	return strings.Join(shown, ", ") + ";\nand those that only change where things are, which no answer shows: " + strings.Join(inner, ", ")
}
