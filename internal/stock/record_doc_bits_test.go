package stock

import (
	"strconv"
	"strings"
	"testing"
)

// bitsOf returns the bits in the first table after the words, and those of them whose
// second cell has the mark.
func bitsOf(t *testing.T, doc, after, mark string) (all, marked uint64) {
	t.Helper()
	_, rest, ok := strings.Cut(doc, "\n"+after)
	if !ok {
		t.Fatalf("no page about the log has %q at the start of a line", after)
	}
	if !strings.HasPrefix(after, "|") {
		_, rest, _ = strings.Cut(rest, "\n| bit |")
	}
	for line := range strings.Lines(rest) {
		if strings.TrimSpace(line) == "" {
			break
		}
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(cells[1]), 10, 64)
		if err != nil {
			continue // a field that is always there
		}
		if n&(n-1) != 0 || n <= all {
			t.Errorf("pages of the log, %s: %d is not the next bit after %d", after, n, all)
		}
		all |= n
		if mark != "" && strings.TrimSpace(cells[2]) == mark {
			marked |= n
		}
	}
	return all, marked
}

func TestTheDocumentHasEveryBit(t *testing.T) {
	t.Parallel()
	doc := logPages(t)
	for after, known := range map[string]uint64{
		"## 3. The entry": entryKnown, "**Item.**": itemKnown, "**Channel** is": channelKnown, "**Rules** are": ruleKnown,
		"**Rest** is": restKnown, "**Promises** are": promisesKnown, "| bit | part of a sale": saleKnown,
		"| bit | part of a lot's record": lotKnown, "| bit | part of a recall": recallKnown, "**Line.**": lineKnown, "**Leg.**": legKnown, "**Call.**": callKnown,
		"**Refusal**": refusalKnown, "| bit | part of a step": stepKnown, "| bit | placement": placementKnown,
		"| bit | spread (25)": placementKnown, "| bit | part of a hold": holdKnown,
	} {
		if all, _ := bitsOf(t, doc, after, ""); all != known {
			t.Errorf("pages of the log, %s: the bits make %#x, the program knows %#x", after, all, known)
		}
	}
	if _, entries := bitsOf(t, doc, "**Item.**", "E"); entries != itemKnown&^itemRowKnown {
		t.Errorf("pages of the log, items: those of entries make %#x, the program has %#x", entries, itemKnown&^itemRowKnown)
	}
	if _, entries := bitsOf(t, doc, "**Line.**", "E"); entries != lineKnown&^lineRowKnown {
		t.Errorf("pages of the log, lines: those of entries make %#x, the program has %#x", entries, lineKnown&^lineRowKnown)
	}
	if _, rows := bitsOf(t, doc, "**Line.**", "R"); rows != lineKnown&^lineEntryKnown {
		t.Errorf("pages of the log, lines: those of rows make %#x, the program has %#x", rows, lineKnown&^lineEntryKnown)
	}
}
