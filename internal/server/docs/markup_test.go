package docs

import "testing"

func TestATextCannotBecomeMarkup(t *testing.T) {
	t.Parallel()
	got := Markup(`<a href="%s">%s</a>%s%s`, `"><script>`, `<b> & 'c' %s`, HTML("<br>"), 7)
	want := HTML(`<a href="&#34;&gt;&lt;script&gt;">&lt;b&gt; &amp; &#39;c&#39; %s</a><br>7`)
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
