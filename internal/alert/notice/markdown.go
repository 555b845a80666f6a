package notice

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The Markdown of DingTalk and of WeCom is a subset, and neither documents a way to escape.
// A letter that would be markup is replaced by its full-width twin: it looks the same and is text
// in any dialect.
var fullWidth = strings.NewReplacer(
	"*", "＊", "[", "［", "]", "］", "<", "＜", ">", "＞", "`", "｀", "~", "～", "|", "｜", "&", "＆", `\`, "＼",
)

// atBegin are characters that are markup where a line begins.
var atBegin = map[byte]string{'#': "＃", '-': "－", '+': "＋", '=': "＝"}

// escapeMarkdown returns text as Markdown that shows it.
func escapeMarkdown(text string) string {
	lines := strings.Split(fullWidth.Replace(text), "\n")
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if line != "" {
			if twin, ok := atBegin[line[0]]; ok {
				line = twin + line[1:]
			}
		}
		lines[i] = underscores(line)
	}
	return strings.Join(lines, "\n")
}

// underscores replaces those that could emphasize: ids have some between letters, which
// stay as they are.
func underscores(line string) string {
	if !strings.Contains(line, "_") {
		return line
	}
	var b strings.Builder
	for i, r := range line {
		if r != '_' {
			b.WriteRune(r)
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(line[:i])
		after, _ := utf8.DecodeRuneInString(line[i+1:])
		if isWord(before) && isWord(after) {
			b.WriteRune(r)
		} else {
			b.WriteRune('＿')
		}
	}
	return b.String()
}

func isWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// markdown writes a message in at most that many bytes. If it does not fit, the text is
// cut, so that the head and the link stay.
func (m message) markdown(separator string, most int) string {
	link := ""
	if m.link != "" {
		link = separator + "[" + m.open + "](" + parentheses.Replace(m.link) + ")"
	}
	const mostLine = 400 // of what is before the text: it fits into any bound with the longest link
	head := "### " + cut(escapeMarkdown(m.head), mostLine)
	for _, line := range []string{m.subject, m.value, m.since} {
		if line != "" {
			head += separator + cut(escapeMarkdown(line), mostLine)
		}
	}
	foot := link + separator + cut(escapeMarkdown(m.source), mostLine)
	text := strings.ReplaceAll(escapeMarkdown(m.text), "\n", separator)
	if text != "" {
		text = separator + text
	}
	return head + cut(text, max(most-len(head)-len(foot), 0)) + foot
}

var parentheses = strings.NewReplacer("(", "%28", ")", "%29")

// safeLink returns a link that a message may have, "" for any other.
func safeLink(text string) string {
	const most = 1000
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return ""
	}
	link := u.String()
	odd := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("<>\"`|\\^{}", r) }
	if len(link) > most || strings.ContainsFunc(link, odd) {
		return ""
	}
	return link
}
