package notice

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// FuzzTextIsShownAsText gives receivers texts of strangers: nothing of them is markup, a
// header, a mention or a control, and what is sent is as short as the receiver asks.
func FuzzTextIsShownAsText(f *testing.F) {
	for _, text := range []string{
		"", "mug", "**b** _i_ `c` [a](javascript:alert(1)) ![x](https://evil.example/x.png)", "# head\n> quote\n- list\n1. one\n---\n===", "<!channel> <@U1> <font color=\"warning\">x</font> &lt;b&gt;",
		"a\r\nBcc: all@shop.example\r\n\r\nbody", "\u202Egpj.exe \u2066\u200F مرحبا שלום", "=?utf-8?B?QQ==?=", "安妮的杯子，一个\u2028两个", "\x00\x1b[31m\x7f\u0085", "\xff\xfe", ".\n..\n.", strings.Repeat("a_b*", 16<<10), strings.Repeat("<&>", 20<<10), strings.Repeat("🫖", 16<<10), strings.Repeat(`"\`, 32<<10),
		"@all mug_300ml _x_ snake_case_", "\t\t\n\n  code",
	} {
		f.Add(text, text, text, text)
		f.Add("Mugs run low", text, "mug", "https://stock.example/?q="+text)
	}
	f.Fuzz(func(t *testing.T, title, text, subject, link string) {
		n := Notice{ID: text, Tenant: subject, Title: title, Severity: subject, State: title, Subject: subject, Text: text, Value: title, Link: link, At: time.Unix(0, 0)}
		for _, w := range languages() {
			m := w.message(n)
			checkClean(t, m)
			checkMarkdown(t, m.markdown("\n", mostWeCom), mostWeCom, m)
			checkMarkdown(t, m.markdown("\n\n", mostDingTalk), mostDingTalk, m)
			checkCard(t, m)
			checkBlocks(t, m)
			checkLetter(t, n, w)
		}
	})
}

func checkClean(t *testing.T, m message) {
	t.Helper()
	for _, text := range []string{m.head, m.subject, m.text, m.value, m.source} {
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) {
			t.Errorf("not clean: %q", text)
		}
	}
	if strings.Contains(m.head+m.subject+m.value+m.source, "\n") {
		t.Errorf("a line of several: %q", m)
	}
	if m.link != "" && !strings.HasPrefix(m.link, "http") {
		t.Errorf("link %q", m.link)
	}
}

func checkMarkdown(t *testing.T, text string, most int, m message) {
	t.Helper()
	if len(text) > most {
		t.Errorf("%d bytes, at most %d", len(text), most)
	}
	if m.link != "" {
		before, after, found := strings.Cut(text, "["+m.open+"]("+parentheses.Replace(m.link)+")")
		if !found {
			t.Fatalf("the link is missing: %q", text)
		}
		text = before + after
	}
	text, ok := strings.CutPrefix(text, "### ")
	if !ok || strings.ContainsAny(text, "*[]<>`~|&\\") {
		t.Errorf("markup: %q", text)
	}
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" && strings.ContainsAny(line[:1], "#-+= \t") {
			t.Errorf("a line that is markup: %q", line)
		}
	}
}

func checkCard(t *testing.T, m message) {
	t.Helper()
	card := cardOf(m, "red")
	var b strings.Builder
	write := json.NewEncoder(&b)
	write.SetEscapeHTML(false)
	if err := write.Encode(card); err != nil || b.Len() > 20<<10-200 {
		t.Errorf("%d bytes (%v)", b.Len(), err)
	}
	for _, e := range card.Elements {
		if e.Text != nil && e.Text.Tag != "plain_text" {
			t.Errorf("read as markup: %+v", e)
		}
	}
	if len(m.text) <= mostFeishu && m.text != "" && !slices.ContainsFunc(card.Elements, func(e feishuElement) bool { return e.Text != nil && e.Text.Content == m.text }) {
		t.Errorf("%q is not shown", m.text)
	}
}

func checkBlocks(t *testing.T, m message) {
	t.Helper()
	unescape := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
	for i, block := range blocksOf(m).Blocks {
		if block.Text == nil {
			continue
		}
		text, most := block.Text.Text, mostSlackSection
		if i == 0 {
			most = mostSlackHead
		}
		if units := len(utf16.Encode([]rune(text))); units > most || strings.ContainsAny(text, "<>") || block.Text.Type != "plain_text" {
			t.Errorf("%d units of %q", units, text)
		}
		want := append([]string{m.head}, m.lines()...)[i]
		if got := unescape.Replace(text); got != want && (!strings.HasSuffix(got, ellipsis) || !strings.HasPrefix(want, strings.TrimSuffix(got, ellipsis))) {
			t.Errorf("%q is shown as %q", want, got)
		}
	}
}

func checkLetter(t *testing.T, n Notice, w words) {
	t.Helper()
	address := &mail.Address{Name: "安", Address: "a@shop.example"}
	letter := (&email{from: address, to: []*mail.Address{address}, words: w, now: time.Now}).letter(n, "shop.example")
	for line := range strings.Lines(string(letter)) {
		if !strings.HasSuffix(line, "\r\n") || len(line) > 100 || strings.ContainsFunc(line[:len(line)-2], func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("line %q", line)
		}
	}
	got, err := mail.ReadMessage(strings.NewReader(string(letter)))
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(got.Header))
	if !slices.Equal(names, []string{"Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}) {
		t.Errorf("headers %v", names)
	}
	m := w.message(n)
	if read, err := (&mime.WordDecoder{}).DecodeHeader(got.Header.Get("Subject")); err != nil || read != subject(m) {
		t.Errorf("subject %q, want %q (%v)", read, subject(m), err)
	}
	body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, got.Body))
	if err != nil || !strings.Contains(strings.ReplaceAll(string(body), "\r\n", "\n"), m.text) {
		t.Errorf("body %q (%v)", body, err)
	}
}

func TestIdsStayAsTheyAre(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"mug_300ml": "mug_300ml", "a-b #12": "a-b #12", "#12": "＃12", "_x_": "＿x＿", "R&D": "R＆D", "- one\n  + two": "－ one\n＋ two", "杯_子": "杯_子",
	} {
		if got := escapeMarkdown(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}
