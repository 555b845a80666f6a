package notice

import (
	"strings"
	"time"
)

// message is a notice in words, in parts that receivers lay out. Its texts are clean.
type message struct {
	head    string // what happened, in one line
	subject string
	text    string // may have several lines
	value   string // "" for none
	since   string
	source  string
	link    string // "" for none
	open    string // what the link is called
}

// words are those that a message is put together with.
type words struct {
	head                       func(severity, state, title string) string
	severity, state            map[string]string
	value, since, source, open string
}

func languages() map[string]words {
	english := words{
		head:     func(severity, state, title string) string { return "[" + severity + "] " + state + ": " + title },
		severity: map[string]string{"info": "Info", "warning": "Warning", "critical": "Critical"},
		state: map[string]string{
			"firing": "firing", "acknowledged": "acknowledged", "muted": "muted", "resolved": "resolved", "pending": "pending",
		},
		value: "Value: ", since: "Since: ", source: "From: Holdfast, ", open: "Open in Holdfast",
	}
	chinese := words{
		head:     func(severity, state, title string) string { return "【" + severity + "】" + state + "：" + title },
		severity: map[string]string{"info": "提示", "warning": "警告", "critical": "严重"},
		state: map[string]string{
			"firing": "告警中", "acknowledged": "已确认", "muted": "已静音", "resolved": "已恢复", "pending": "待观察",
		},
		value: "当前值：", since: "开始于：", source: "来源：Holdfast，", open: "在 Holdfast 中查看",
	}
	return map[string]words{"": english, "en": english, "zh": chinese}
}

// Bounds of what a message has, in bytes. A text has its own with each receiver.
const (
	mostLine = 600
	mostText = 64 << 10
)

// message puts a notice into words.
func (w words) message(n Notice) message {
	line := func(text string) string { return cut(strings.TrimSpace(clean(text, false)), mostLine) }
	m := message{
		head:    line(w.head(line(word(w.severity, n.Severity)), line(word(w.state, n.State)), line(n.Title))),
		subject: line(n.Subject), text: cut(strings.TrimSpace(clean(n.Text, true)), mostText),
		source: line(w.source + n.Tenant), link: safeLink(n.Link), open: w.open,
	}
	if n.Value != "" && n.Count == 0 {
		m.value = line(w.value + n.Value)
	}
	if !n.Since.IsZero() {
		m.since = w.since + n.Since.UTC().Format(time.DateTime) + " UTC"
	}
	return m
}

// word is the word for a code, the code itself where there is none.
func word(words map[string]string, code string) string {
	if text, ok := words[code]; ok {
		return text
	}
	return code
}

// lines are those below the head that have something.
func (m message) lines() []string {
	var all []string
	for _, line := range []string{m.subject, m.text, m.value, m.since, m.source} {
		if line != "" {
			all = append(all, line)
		}
	}
	return all
}
