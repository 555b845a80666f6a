package notice

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"
)

// letter writes the mail: RFC 5322, all of it ASCII, with lines that end in CRLF. No text of
// the notice is in a header but encoded, so none can begin another.
func (e *email) letter(n Notice, domain string) []byte {
	m := e.words.message(n)
	body := m.head + "\n\n" + strings.Join(m.lines(), "\n") + "\n"
	if m.link != "" {
		body += m.link + "\n"
	}
	at := n.At
	if at.IsZero() {
		at = e.now()
	}
	var b strings.Builder
	for _, h := range [][2]string{
		{"Date", at.UTC().Format(time.RFC1123Z)},
		{"From", e.from.String()},
		{"To", list(e.to)},
		{"Message-ID", messageID(n.ID, domain)},
		{"Subject", encodeSubject(subject(m))},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "base64"},
	} {
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	b.WriteString("\r\n")
	const width = 76 // RFC 2045, 6.8
	for text := encoded(strings.ReplaceAll(body, "\n", "\r\n")); text != ""; {
		line := text[:min(width, len(text))]
		text = text[len(line):]
		b.WriteString(line + "\r\n")
	}
	return []byte(b.String())
}

func encoded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func subject(m message) string {
	if m.subject == "" {
		return m.head
	}
	return m.head + ", " + m.subject
}

func list(to []*mail.Address) string {
	var all []string
	for _, a := range to {
		all = append(all, a.String())
	}
	return strings.Join(all, ",\r\n ")
}

// messageID is the same each time a notice is sent, so that a mailbox may drop the second.
func messageID(id, domain string) string {
	sum := sha256.Sum256([]byte(id))
	return "<holdfast." + hex.EncodeToString(sum[:16]) + "@" + domain + ">"
}

// encodeSubject writes text as encoded words (RFC 2047), one a line: also what is ASCII,
// since it could look like one.
func encodeSubject(text string) string {
	const most = 39 // bytes: 52 characters of base64, so that a line has at most 76
	var words []string
	for text != "" {
		end := min(most, len(text))
		for end < len(text) && !utf8.RuneStart(text[end]) {
			end--
		}
		words = append(words, "=?utf-8?B?"+encoded(text[:end])+"?=")
		text = text[end:]
	}
	return strings.Join(words, "\r\n ")
}
