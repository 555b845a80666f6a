package notice

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"strings"
	"unicode/utf16"
)

// slack is an incoming webhook of Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
type slack struct {
	*poster
	to    *url.URL
	words words
}

// Bounds of blocks, in units of UTF-16.
const (
	mostSlackHead    = 150
	mostSlackSection = 3000
)

func openSlack(s settings, w ways) (Sender, error) {
	u, words, err := s.robot("", "")
	if err != nil {
		return nil, err
	}
	return &slack{newPoster(w, s[settingURL], strings.Trim(u.Path, "/"), path.Base(u.Path)), u, words}, nil
}

type slackMessage struct {
	Text     string       `json:"text"` // for notifications
	Markdown bool         `json:"mrkdwn"`
	Blocks   []slackBlock `json:"blocks"`
}

type slackBlock struct {
	Type     string        `json:"type"`
	Text     *slackText    `json:"text,omitempty"`
	Elements []slackButton `json:"elements,omitempty"`
}

type slackText struct {
	Type  string `json:"type"` // plain_text: no markup is read in it
	Text  string `json:"text"`
	Emoji bool   `json:"emoji"`
}

type slackButton struct {
	Type string    `json:"type"`
	Text slackText `json:"text"`
	URL  string    `json:"url"`
}

// Send posts the notice. Slack answers "ok".
func (s *slack) Send(ctx context.Context, n Notice) error {
	body, err := json.Marshal(blocksOf(s.words.message(n)))
	if err != nil {
		return fmt.Errorf("write the message: %w", err)
	}
	answer, err := s.post(ctx, s.to.String(), body, nil)
	if err != nil {
		return err
	}
	if strings.TrimSpace(string(answer)) != "ok" {
		return &failure{err: s.answered(`something else than "ok"`, string(answer))}
	}
	return nil
}

func blocksOf(m message) slackMessage {
	text := slackPlain(m.head, mostSlackHead)
	message := slackMessage{Text: text.Text, Blocks: []slackBlock{{Type: "header", Text: &text}}}
	for _, line := range m.lines() {
		text := slackPlain(line, mostSlackSection)
		message.Blocks = append(message.Blocks, slackBlock{Type: "section", Text: &text})
	}
	if m.link != "" {
		message.Blocks = append(message.Blocks, slackBlock{Type: "actions", Elements: []slackButton{{"button", slackPlain(m.open, 75), m.link}}})
	}
	return message
}

var slackEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// slackPlain is text in at most that many units, escapes counted. It is cut between
// characters, never in an escape, and shows that it was.
func slackPlain(text string, most int) slackText {
	var b strings.Builder
	units, end := 0, 0 // end is where the ellipsis fits
	for _, r := range text {
		one := slackEscapes.Replace(string(r))
		if units < most {
			end = b.Len()
		}
		b.WriteString(one)
		if units += len(utf16.Encode([]rune(one))); units > most {
			return slackText{"plain_text", b.String()[:end] + ellipsis, false}
		}
	}
	return slackText{"plain_text", b.String(), false}
}
