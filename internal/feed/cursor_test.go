package feed

import (
	"errors"
	"testing"
)

func TestCursorsTravelAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0-0", "0-1", "7-12", "0-1-0-0", "65535-9223372036854775807-3-4"} {
		c, err := ParseCursor(text)
		if err != nil || c.String() != text {
			t.Errorf("%s: %v, %v", text, c, err)
		}
	}
	for _, text := range []string{
		"", "-", "0", "0-", "-1", "0-01", "00-1", "0-1-", "0-1-0", "0-1-0-", "0-1-0-0-0", "0-0-0-0", "0--1", "0-1-0--1", " 0-1", "0-1 ",
		"65536-1", "0-9223372036854775808", "0-1-2147483648-0", "0-1-2147483647-0", "0-1-0-2147483647", "a-b", "0-1-+1-0", "0x1-1",
	} {
		if c, err := ParseCursor(text); !errors.Is(err, ErrCursor) {
			t.Errorf("%q is read as %v, %v", text, c, err)
		}
	}
}

func TestCursorsStandInTheOrderOfTheLog(t *testing.T) {
	t.Parallel()
	order := []string{"0-0", "0-1-0-0", "0-1-0-1", "0-1-2-0", "0-1", "0-2-0-0", "0-2"}
	for i, a := range order {
		for j, b := range order {
			ca, _ := ParseCursor(a)
			cb, _ := ParseCursor(b)
			if ca.Before(cb) != (i < j) {
				t.Errorf("%s before %s: %v", a, b, ca.Before(cb))
			}
		}
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add("0-1")
	f.Add("0-1-2-3")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCursor(text)
		if err == nil && c.String() != text {
			t.Errorf("%q is read and written as %q", text, c)
		}
	})
}
