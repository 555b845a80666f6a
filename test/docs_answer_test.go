package test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// anything is what a page writes where the output varies.
const anything = "…"

// differs says how the printed output differs from what the page shows, "" when it does not.
func (e example) differs(printed string) string {
	switch e.answer {
	case "json":
		return jsonDiffers(e.want, printed)
	case "text":
		return textDiffers(e.want, printed)
	}
	if strings.TrimSpace(printed) != "" {
		return "it prints something that the page does not show"
	}
	return ""
}

func jsonDiffers(want, printed string) string {
	wanted, err := jsonValues(want)
	if err != nil {
		return "the page shows no JSON: " + err.Error()
	}
	got, err := jsonValues(printed)
	if err != nil {
		return "it prints no JSON: " + err.Error()
	}
	if len(wanted) != len(got) {
		return fmt.Sprintf("it prints %d values, the page shows %d", len(got), len(wanted))
	}
	for i := range wanted {
		if d := valueDiffers(fmt.Sprintf("value %d", i+1), wanted[i], got[i]); d != "" {
			return d
		}
	}
	return ""
}

func jsonValues(text string) (all []any, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	for {
		var v any
		if err := d.Decode(&v); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
}

// valueDiffers compares what is shown with what was printed, which may have
// more members.
func valueDiffers(at string, want, got any) string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %v, want an object", at, got)
		}
		for name, v := range w {
			member, there := g[name]
			if !there {
				return fmt.Sprintf("%s has no member %q", at, name)
			}
			if d := valueDiffers(at+"."+name, v, member); d != "" {
				return d
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Sprintf("%s is %v, want %d elements", at, got, len(w))
		}
		for i := range w {
			if d := valueDiffers(fmt.Sprintf("%s[%d]", at, i), w[i], g[i]); d != "" {
				return d
			}
		}
		return ""
	case string:
		if g, ok := got.(string); ok && like(w).MatchString(g) || w == anything {
			return ""
		}
	}
	if want != got {
		return fmt.Sprintf("%s is %v, want %v", at, got, want)
	}
	return ""
}

// like makes a pattern of a line in which … stands for any text.
func like(line string) *regexp.Regexp {
	parts := strings.Split(line, anything)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("^(?s:" + strings.Join(parts, ".*") + ")$")
}

func textDiffers(want, printed string) string {
	wanted, got := linesOf(want), linesOf(printed)
	if matches(wanted, got) {
		return ""
	}
	for i, w := range wanted {
		if w == anything {
			break
		}
		if i >= len(got) {
			return fmt.Sprintf("line %d is missing: %s", i+1, w)
		}
		if !like(w).MatchString(got[i]) {
			return fmt.Sprintf("line %d is %q, want %q", i+1, got[i], w)
		}
	}
	return "its lines are others"
}

// matches compares lines; … alone stands for any number of them.
func matches(want, got []string) bool {
	if len(want) == 0 {
		return len(got) == 0
	}
	if want[0] == anything {
		for i := range len(got) + 1 {
			if matches(want[1:], got[i:]) {
				return true
			}
		}
		return false
	}
	return len(got) > 0 && like(want[0]).MatchString(got[0]) && matches(want[1:], got[1:])
}

// linesOf are the lines of a text without blanks at their ends and without empty lines: Markdown
// and terminals treat these differently.
func linesOf(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, " \t\r\n"); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// statusMissing names a status that a call answered and the page does not show.
func (e example) statusMissing(statuses []int) string {
	for _, s := range statuses {
		if s != 200 && !strings.Contains(e.want, strconv.Itoa(s)) {
			return fmt.Sprintf("a call answers %d, the page does not say so", s)
		}
	}
	return ""
}

func TestAnswersAreComparedAsThePageShowsThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, kind, want, printed string
		same                      bool
	}{
		{"the same value", "json", `{"a": 1}`, `{"a":1}`, true},
		{"members that are not shown do not matter", "json", `{"a": 1}`, `{"b":2,"a":1}`, true},
		{"a member that is shown must be there", "json", `{"a": "…"}`, `{"b":2}`, false},
		{"… stands for any value", "json", `{"a": "…"}`, `{"a":[1,2]}`, true},
		{"… stands for a part of a string", "json", `{"a": "x…"}`, `{"a":"xyz"}`, true},
		{"and for no other string", "json", `{"a": "x…"}`, `{"a":"yz"}`, false},
		{"another number", "json", `{"a": 1}`, `{"a":2}`, false},
		{"a list has as many elements as are shown", "json", `[1]`, `[1,2]`, false},
		{"two values", "json", "{}\n{\"a\": 1}", `{"b":1}{"a":1}`, true},
		{"one value too many", "json", `{}`, `{}{}`, false},
		{"no JSON", "json", `{}`, `curl: (7)`, false},
		{"the same lines", "text", "a\nb", "a\nb\n", true},
		{"… in a line", "text", "key … made", "key 17 made", true},
		{"… for lines", "text", "a\n…\nz", "a\nb\nc\nz\n", true},
		{"a line that differs", "text", "a\n…\nz", "a\nb\n", false},
		{"one line too many", "text", "a", "a\nb", false},
		{"nothing shown, nothing printed", "", "", "\n", true},
		{"nothing shown, something printed", "", "", "a", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if d := (example{answer: c.kind, want: c.want}).differs(c.printed); (d == "") != c.same {
				t.Errorf("got %q", d)
			}
		})
	}
}
