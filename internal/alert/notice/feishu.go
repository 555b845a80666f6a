package notice

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// feishu is a custom robot of a group of Feishu, or of Lark:
// https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
type feishu struct {
	*poster
	to     *url.URL
	secret string // "" when the robot does not check signatures
	words  words
	now    func() time.Time
}

// mostFeishu keeps a body under the 20 KB that a robot takes, with room for JSON that
// escapes.
const mostFeishu = 6000

// feishuForever are the codes for a robot or settings that are wrong: no such token (19001),
// a signature (19021), an address (19022) or keywords (19024) that do not fit. Too many calls
// (9499, 11232) are asked again, as is what is not known.
var feishuForever = map[int]bool{19001: true, 19002: true, 19021: true, 19022: true, 19024: true}

func openFeishu(s settings, w ways) (Sender, error) {
	u, words, err := s.robot("", "")
	if err != nil {
		return nil, err
	}
	token := path.Base(u.Path)
	if !strings.Contains(u.Path, "/open-apis/bot/") || token == "hook" {
		return nil, fmt.Errorf("setting %q: %w, write one such as https://open.feishu.cn/open-apis/bot/v2/hook/…", settingURL, errNoToken)
	}
	secret := s[settingSecret]
	return &feishu{newPoster(w, s[settingURL], token, secret), u, secret, words, w.now}, nil
}

type feishuMessage struct {
	Timestamp string     `json:"timestamp,omitempty"` // in seconds
	Sign      string     `json:"sign,omitempty"`
	Type      string     `json:"msg_type"`
	Card      feishuCard `json:"card"`
}

type feishuCard struct {
	Config   feishuConfig    `json:"config"`
	Header   feishuHeader    `json:"header"`
	Elements []feishuElement `json:"elements"`
}

type feishuConfig struct {
	WideScreen bool `json:"wide_screen_mode"`
}

type feishuHeader struct {
	Template string     `json:"template"` // a colour
	Title    feishuText `json:"title"`
}

type feishuElement struct {
	Tag     string         `json:"tag"`
	Text    *feishuText    `json:"text,omitempty"`
	Actions []feishuButton `json:"actions,omitempty"`
}

type feishuText struct {
	Tag     string `json:"tag"` // plain_text: no markup is read in it
	Content string `json:"content"`
}

type feishuButton struct {
	Tag  string     `json:"tag"`
	Text feishuText `json:"text"`
	URL  string     `json:"url"`
	Type string     `json:"type"`
}

// Send posts the notice as a card.
func (f *feishu) Send(ctx context.Context, n Notice) error {
	message := feishuMessage{Type: "interactive", Card: cardOf(f.words.message(n), colour(n))}
	if f.secret != "" {
		message.Timestamp = strconv.FormatInt(f.now().Unix(), 10)
		message.Sign = signFeishu(message.Timestamp, f.secret)
	}
	return f.robot(ctx, f.to.String(), message, feishuForever)
}

func cardOf(m message, colour string) feishuCard {
	m.text = cut(m.text, mostFeishu)
	card := feishuCard{feishuConfig{true}, feishuHeader{colour, plainText(m.head)}, nil}
	for _, line := range m.lines() {
		text := plainText(line)
		card.Elements = append(card.Elements, feishuElement{Tag: "div", Text: &text})
	}
	if m.link != "" {
		card.Elements = append(card.Elements, feishuElement{Tag: "action", Actions: []feishuButton{{"button", plainText(m.open), m.link, "default"}}})
	}
	return card
}

func plainText(text string) feishuText { return feishuText{"plain_text", text} }

// colour is that of a card's head.
func colour(n Notice) string {
	switch {
	case n.State == "resolved":
		return "green"
	case n.State != "firing":
		return "grey"
	case n.Severity == "critical":
		return "red"
	case n.Severity == "warning":
		return "orange"
	}
	return "blue"
}

// signFeishu signs a time in seconds: it is in the key, and the message is empty.
func signFeishu(at, secret string) string {
	return base64.StdEncoding.EncodeToString(hmac.New(sha256.New, []byte(at+"\n"+secret)).Sum(nil))
}
