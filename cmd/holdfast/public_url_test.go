package main

import "testing"

func TestNoticesLinkToTheConsole(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"":                            "",
		"https://stock.example":       "https://stock.example/console/alerts/alert-a",
		"http://10.0.0.1:8080/stock/": "http://10.0.0.1:8080/stock/console/alerts/alert-a",
	} {
		if err := checkPublicURL(base); err != nil {
			t.Error(err)
		}
		if got := (&booksConfig{publicURL: base}).alertLink("alert-a"); got != want {
			t.Errorf("with %q the link is %q, not %q", base, got, want)
		}
	}
	for _, bad := range []string{"stock.example", "ftp://stock.example", "https://", "https://me:x@stock.example", "https://stock.example/?a=b", "https://stock.example/#a", "http://a b"} {
		if checkPublicURL(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
